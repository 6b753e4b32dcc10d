import type { Breach, Invariant } from "./invariant";

/** Every copy of a version is the same bytes. */
export const noFork: Invariant = {
  name: "no-fork",
  promises: "A version of an order is the same bytes wherever it is stored.",
  needs: ["services"],
  check({ services, orderIds }) {
    const breaches: Breach[] = [];
    for (const orderId of orderIds) {
      const copies = new Map<number, Map<string, string[]>>();
      for (const [service, { events }] of services) {
        for (const { version, digest, status } of events.get(orderId) ?? []) {
          const byDigest = copies.get(version) ?? new Map<string, string[]>();
          copies.set(version, byDigest);
          byDigest.set(digest, [...(byDigest.get(digest) ?? []), `${status} in ${service}`]);
        }
      }
      for (const [version, byDigest] of copies) {
        if (byDigest.size < 2) continue;
        const found = [...byDigest.values()].map((each) => each.join(" and ")).join(", other bytes: ");
        breaches.push({ about: orderId, where: `v${version}`, found, expected: "the same bytes everywhere" });
        break;
      }
    }
    return breaches;
  },
};
