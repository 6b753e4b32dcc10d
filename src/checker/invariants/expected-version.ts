import type { Invariant } from "./invariant";
import { nameOf } from "./seen";

/** A status can come back, so a command that looks at the status alone may run on an order that its caller has never seen. */
export const expectedVersion: Invariant = {
  name: "expected-version",
  promises: "A command moves an order from the version that its caller saw, or not at all.",
  needs: ["history"],
  check({ operations }) {
    return operations.flatMap((operation) => {
      const { kind, outcome, expectedVersion: expected, seen, orderId = "" } = operation;
      const [after] = seen;
      if (kind !== "move" || outcome !== "ok" || expected === undefined || !after) return [];
      if (after.version === expected + 1) return [];
      return [
        {
          about: orderId,
          where: nameOf(operation),
          found: `it made v${after.version} ${after.status}`,
          expected: `v${expected + 1}, because its caller had seen v${expected}`,
        },
      ];
    });
  },
};
