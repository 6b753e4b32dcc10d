import type { Breach, Invariant } from "./invariant";
import { nameOf } from "./seen";

/** Whatever a client was shown was committed, and stays. */
export const noLostOrder: Invariant = {
  name: "no-lost-order",
  promises: "Every version of an order that any client was shown is stored, in the status that was shown.",
  needs: ["services", "history"],
  check({ operations, eventsOf }) {
    const breaches = new Map<string, Breach>();
    for (const operation of operations) {
      const { kind, outcome, orderId: id = "" } = operation;
      if (kind === "create" && outcome === "ok" && eventsOf(id).length === 0)
        breaches.set(id, {
          about: id,
          where: "every store",
          found: "no such order",
          expected: `the order that ${nameOf(operation)} was told of`,
        });
      for (const { orderId, version, status } of operation.seen) {
        const stored = eventsOf(orderId).find((event) => event.version === version);
        if (stored?.status === status) continue;
        breaches.set(`${orderId}/${version}`, {
          about: orderId,
          where: stored ? `version ${version} in the stores` : "every store",
          found: stored ? `${stored.status}` : `no version ${version}`,
          expected: `v${version} ${status}, as ${nameOf(operation)} was told`,
        });
      }
    }
    return [...breaches.values()];
  },
};
