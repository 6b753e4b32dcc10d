import type { Operation } from "../history";
import type { Breach, Invariant } from "./invariant";
import { groupBy, nameOf, type Seen } from "./seen";

/** What says that a service did not recognise a repeat. Not in it: a service that the order has not come to yet, and doors that are closed. */
const verdicts = new Set(["VERSION_MISMATCH", "ILLEGAL_TRANSITION", "ORDER_EXISTS", "COMMAND_REUSED"]);

/** A repeat has the command id of the first call, or the order id for a create. */
export const idempotent: Invariant = {
  name: "idempotent",
  promises: "A mutation that is repeated happens once, and its repeats answer as the first call does.",
  needs: ["services", "history"],
  check(seen) {
    const { operations, orderIds, eventsOf } = seen;
    const breaches: Breach[] = [];
    for (const orderId of orderIds) {
      for (const [commandId, events] of groupBy(eventsOf(orderId), (event) => event.commandId)) {
        if (events.length > 1)
          breaches.push({
            about: orderId,
            where: `command ${commandId}`,
            found: `${events.length} versions: ${events.map(({ version }) => `v${version}`).join(", ")}`,
            expected: "one",
          });
      }
    }
    const repeats = groupBy(operations, ({ kind, orderId, commandId }) =>
      kind === "move" && commandId ? `${orderId}/${commandId}` : undefined,
    );
    for (const calls of repeats.values()) breaches.push(...otherAnswers(calls), ...unrecognised(seen, calls));
    return breaches;
  },
};

function otherAnswers(calls: readonly Operation[]): Breach[] {
  const answered = calls.filter(({ outcome, seen }) => outcome === "ok" && seen.length === 1);
  const versions = new Set(answered.map(({ seen }) => seen[0]!.version));
  const [first] = answered;
  if (!first || versions.size < 2) return [];
  return [
    {
      about: first.orderId ?? "",
      where: `${nameOf(first)}, command ${first.commandId}, and its repeats`,
      found: `answers of ${[...versions].map((version) => `v${version}`).join(" and ")}`,
      expected: "one answer",
    },
  ];
}

/** Refused although the command had been carried out before the call began. */
function unrecognised({ eventsOf }: Seen, calls: readonly Operation[]): Breach[] {
  const { orderId = "", commandId } = calls[0]!;
  const made = eventsOf(orderId).find((event) => event.commandId === commandId);
  if (!made) return [];
  const late = calls.find(
    ({ outcome, reason = "", startedAt }) =>
      outcome === "refused" &&
      verdicts.has(reason) &&
      Math.floor(startedAt) > made.storedAt &&
      hasAnswerBefore(calls, startedAt),
  );
  if (!late) return [];
  return [
    {
      about: orderId,
      where: nameOf(late),
      found: `a repeat of command ${commandId} was refused: ${late.reason}`,
      expected: `the answer of v${made.version} ${made.status}, which the command had made`,
    },
  ];
}

/** The transaction may commit long after its time of storing, when a process is frozen in between: only an earlier call that has ended proves that it was there, unless that is unknown too. */
function hasAnswerBefore(calls: readonly Operation[], at: number): boolean {
  return calls.some(({ endedAt, outcome }) => endedAt < at && outcome !== "refused");
}
