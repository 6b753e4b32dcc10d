import type { Invariant } from "./invariant";

/**
 * Orders that nobody asked for. Only orders that were made while the history was recorded, and that belong to somebody who calls in it, are looked at: on a system that others use too there
 * are more.
 */
export const noGhostOrder: Invariant = {
  name: "no-ghost-order",
  promises: "Every order was asked for by a client, and not by a call that was refused.",
  needs: ["services", "history"],
  check({ operations, services, eventsOf }) {
    if (operations.length === 0) return [];
    const creates = operations.filter(({ kind }) => kind === "create");
    const asked = new Set(
      creates.flatMap(({ orderId, outcome }) => (outcome === "refused" ? [] : [orderId])),
    );
    const refused = new Set(
      creates.flatMap(({ orderId, outcome }) => (outcome === "refused" ? [orderId] : [])),
    );
    const from = operations.reduce((earliest, { startedAt }) => Math.min(earliest, startedAt), Infinity);
    const to = operations.reduce((latest, { endedAt }) => Math.max(latest, endedAt), 0);
    const callers = new Set(operations.map(({ caller }) => `${caller.role}/${caller.id}`));
    const orders = new Map(
      services.flatMap(([, { orders }]) => orders.map((order) => [order.orderId, order])),
    );
    return [...orders.values()].flatMap(({ orderId, ownerKind, ownerId }) => {
      const madeAt = eventsOf(orderId)[0]?.storedAt ?? 0;
      const isOurs = callers.has(`${ownerKind.toLowerCase()}/${ownerId}`) && madeAt >= from && madeAt <= to;
      if (asked.has(orderId) || (!isOurs && !refused.has(orderId))) return [];
      // An order that was there before: its repeat was refused because it is another's.
      if (refused.has(orderId) && madeAt < from) return [];
      const found = refused.has(orderId)
        ? "the order, though its create was refused"
        : "an order that nobody created";
      return [{ about: orderId, where: "mes", found, expected: "no such order" }];
    });
  },
};
