import type { Breach, Invariant } from "./invariant";
import { nameOf } from "./seen";

const tenants = new Set(["customer", "partner"]);

/** Customers and partners; sellers, operators and services see everybody's orders. */
export const tenantsApart: Invariant = {
  name: "tenants-apart",
  promises: "No customer and no partner is ever shown, or moves, an order of another one.",
  needs: ["services", "history"],
  check({ operations, services }) {
    const owners = new Map(
      services.flatMap(([, { orders }]) =>
        orders.map(({ orderId, ownerKind, ownerId }) => [orderId, { kind: ownerKind, id: ownerId }]),
      ),
    );
    const breaches = new Map<string, Breach>();
    for (const operation of operations) {
      const { caller, seen } = operation;
      if (!tenants.has(caller.role)) continue;
      for (const { orderId, owner = owners.get(orderId) } of seen) {
        if (!owner || (owner.kind.toLowerCase() === caller.role && owner.id === caller.id)) continue;
        breaches.set(`${caller.role}/${caller.id}/${orderId}`, {
          about: orderId,
          where: nameOf(operation),
          found: `shown to ${caller.role} ${caller.id}`,
          expected: `for ${owner.kind.toLowerCase()} ${owner.id} only`,
        });
      }
    }
    return [...breaches.values()];
  },
};
