import { isFinal, statusOf } from "../../order";
import type { Operation } from "../history";
import type { Breach, Invariant } from "./invariant";
import { nameOf, type Seen } from "./seen";

/** Also of a stream that breaks: what came is the beginning of what is. */
export const watchComplete: Invariant = {
  name: "watch-complete",
  promises:
    "A stream tells every version from where it was asked for, each once, in order, and ends by itself only with the order.",
  needs: ["services", "history"],
  check(seen) {
    return seen.operations.flatMap((operation) =>
      operation.kind === "watch" ? faultsOf(seen, operation) : [],
    );
  },
};

function faultsOf({ eventsOf }: Seen, operation: Operation): Breach[] {
  const { orderId = "", afterVersion = 0, seen, outcome } = operation;
  const told = seen.map(({ version }) => version);
  const breach = (found: string, expected: string): Breach[] => [
    { about: orderId, where: nameOf(operation), found, expected },
  ];
  if (told.some((version, at) => version !== afterVersion + 1 + at))
    return breach(`versions ${told.join(", ")}`, `each from ${afterVersion + 1} on, once and in order`);
  const events = eventsOf(orderId);
  const other = seen.find(({ version, status }) => events[version - 1]?.status !== status);
  if (other)
    return breach(
      `v${other.version} as ${other.status}`,
      events[other.version - 1]?.status ?? "no such version",
    );
  if (outcome !== "ok") return [];
  const last = events[afterVersion + seen.length - 1];
  if (last && isFinal(statusOf(last.status))) return [];
  return breach(`an end after v${afterVersion + seen.length}`, "no end before the order's own");
}
