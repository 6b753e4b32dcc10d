import type { Breach, Invariant } from "./invariant";

/** The row of an order is its last event. */
export const versionsDense: Invariant = {
  name: "versions-dense",
  promises:
    "Every service has the versions of an order from 1 without a hole, and the order's row stands at the last.",
  needs: ["services"],
  check({ services }) {
    const breaches: Breach[] = [];
    for (const [service, { orders, events }] of services) {
      for (const { orderId, version, status } of orders) {
        const list = events.get(orderId) ?? [];
        const last = list.at(-1);
        const versions = list.map((event) => event.version);
        if (versions.some((each, at) => each !== at + 1))
          breaches.push({
            about: orderId,
            where: service,
            found: `versions ${versions.join(", ")}`,
            expected: `1 to ${versions.length}`,
          });
        if (last?.version !== version || last.status !== status)
          breaches.push({
            about: orderId,
            where: service,
            found: `its row at v${version} ${status}`,
            expected: last ? `v${last.version} ${last.status}, its last event` : "an event of it",
          });
      }
      const known = new Set(orders.map(({ orderId }) => orderId));
      for (const orderId of events.keys())
        if (!known.has(orderId))
          breaches.push({
            about: orderId,
            where: service,
            found: "events without a row",
            expected: "its row",
          });
    }
    return breaches;
  },
};
