import { holderOf, shortHolder, statusOf } from "../../order";
import type { Breach, Invariant } from "./invariant";

/** The baton: only the holder of the status before may make a version, and nobody else has made the same. */
export const oneHolder: Invariant = {
  name: "one-holder",
  promises: "Each version was made once, by the service that held the order.",
  needs: ["services"],
  check({ services }) {
    const breaches: Breach[] = [];
    const makers = new Map<string, string>();
    for (const [service, { events }] of services) {
      for (const [orderId, list] of events) {
        let before = "UNSPECIFIED";
        for (const { version, status, source, origin } of list) {
          const holder = holderOf(statusOf(before));
          const held = holder === undefined ? "nobody" : shortHolder(holder);
          const where = `${service}, v${version} ${status}`;
          before = status;
          if (source !== held)
            breaches.push({ about: orderId, where, found: `made by ${source}`, expected: `made by ${held}` });
          if (origin !== "local") continue;
          if (source.toLowerCase() !== service)
            breaches.push({
              about: orderId,
              where,
              found: `an event of ${source} as its own`,
              expected: "applied",
            });
          const maker = makers.get(`${orderId}/${version}`);
          if (maker !== undefined)
            breaches.push({
              about: orderId,
              where,
              found: `made here, and by ${maker}`,
              expected: "one maker",
            });
          makers.set(`${orderId}/${version}`, service);
        }
      }
    }
    return breaches;
  },
};
