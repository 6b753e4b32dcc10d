import type { Invariant } from "./invariant";
import { nameOf } from "./seen";

/** A seller's note that was taken stays. */
export const noLostNote: Invariant = {
  name: "no-lost-note",
  promises: "Every note that CRM has acknowledged is stored.",
  needs: ["notes", "history"],
  check({ evidence, operations }) {
    return operations.flatMap((operation) => {
      const { kind, outcome, commandId, orderId = "" } = operation;
      if (kind !== "note" || outcome !== "ok" || !commandId || evidence.notes?.has(commandId)) return [];
      return [
        {
          about: orderId,
          where: "crm",
          found: "no such note",
          expected: `note ${commandId} of ${nameOf(operation)}`,
        },
      ];
    });
  },
};
