import type { Breach, Invariant } from "./invariant";

/** Shop = CRM = MES, once nothing is on its way. */
export const servicesAgree: Invariant = {
  name: "services-agree",
  promises: "Once nothing is on its way, all services have the same orders at the same versions.",
  needs: ["services"],
  check({ services, orderIds, lastOf }) {
    const breaches: Breach[] = [];
    for (const orderId of orderIds) {
      const last = lastOf(orderId)!;
      for (const [service, { events }] of services) {
        const here = events.get(orderId)?.at(-1);
        if (here?.version === last.version && here.status === last.status) continue;
        breaches.push({
          about: orderId,
          where: service,
          found: here ? `v${here.version} ${here.status}` : "it does not know the order",
          expected: `v${last.version} ${last.status}`,
        });
      }
    }
    return breaches;
  },
};
