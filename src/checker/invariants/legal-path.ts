import { mayMove, statusOf } from "../../order";
import type { Breach, Invariant } from "./invariant";

/** By the table of statuses. */
export const legalPath: Invariant = {
  name: "legal-path",
  promises: "Every order's statuses follow one another as the table of statuses says, in every service.",
  needs: ["services"],
  check({ services }) {
    const breaches: Breach[] = [];
    for (const [service, { events }] of services) {
      for (const [orderId, list] of events) {
        let before = "UNSPECIFIED";
        for (const { version, status, previousStatus } of list) {
          const where = `${service}, v${version}`;
          if (!mayMove(statusOf(before), statusOf(status)))
            breaches.push({
              about: orderId,
              where,
              found: `${before} became ${status}`,
              expected: "a legal move",
            });
          else if (previousStatus !== undefined && previousStatus !== before)
            breaches.push({
              about: orderId,
              where,
              found: `an event that says it was ${previousStatus} before`,
              expected: before,
            });
          before = status;
        }
      }
    }
    return breaches;
  },
};
