import { type Checked, type History, invariants, type Operation } from "../checker";
import type { FaultRun } from "./play";

type Breach = Checked["breaches"][number];

/** No more calls than these are shown: the first and the last of them. */
const most = 24;
/** A fault may still be felt so long after its end, in milliseconds. */
const aftermathMs = 10_000;

/** The shortest of all explanations: of the gravest invariant that is broken, the case with the fewest calls; these calls, and the faults that may have to do with them. */
export function explain(
  { breaches }: Pick<Checked, "breaches">,
  { operations }: History,
  faults: readonly FaultRun[],
): string[] {
  const gravest = invariants.find(({ name }) => breaches.some(({ invariant }) => invariant === name));
  if (!gravest) return [];
  const cases = breaches
    .filter(({ invariant }) => invariant === gravest.name)
    .map((breach) => ({ breach, calls: callsOf(breach, operations) }))
    .sort((a, b) => a.calls.length - b.calls.length);
  const { breach, calls } = cases[0]!;
  const isTold = calls.length > 0;
  const start = Math.min(
    ...(isTold ? calls.map(({ startedAt }) => startedAt) : faults.map(({ beganAt }) => beganAt)),
  );
  const end = Math.max(...calls.map(({ endedAt }) => endedAt));
  const near = faults.filter(
    ({ beganAt, endedAt }) => !isTold || (beganAt < end && endedAt + aftermathMs > start),
  );
  const at = (time: number): string => `${((time - start) / 1_000).toFixed(2).padStart(8)} s`;
  return [
    `${breach.invariant}: ${gravest.promises}`,
    `  ${breach.about}, ${breach.where}: found ${breach.found}; expected ${breach.expected}.`,
    ...(cases.length > 1 ? [`  (${cases.length} cases; this one has the fewest calls)`] : []),
    "  Calls",
    ...shortened(calls.map((call) => `  ${at(call.startedAt)}  ${lineOf(call)}`)),
    "  Faults",
    ...near.map(
      ({ beganAt, endedAt, kind, target, said }) =>
        `  ${at(beganAt)} to ${at(endedAt).trim()}  ${kind} ${target}: ${said.join("; ")}`,
    ),
  ];
}

/** Whatever named or showed what a breach is about. Of what moves nothing only the shows that a client was told of something new. */
function callsOf({ about }: Breach, operations: readonly Operation[]): Operation[] {
  let newest = 0;
  return operations
    .filter(({ orderId, seen, job }) => orderId === about || job?.jobId === about || shows(seen, about))
    .sort((a, b) => a.startedAt - b.startedAt)
    .filter(({ kind, outcome, seen }) => {
      if (kind !== "read" && kind !== "list") return true;
      const version = seen.find(({ orderId }) => orderId === about)?.version ?? 0;
      if (outcome === "ok" && version === newest) return false;
      newest = version;
      return outcome === "ok";
    });
}

const shows = (seen: Operation["seen"], about: string): boolean =>
  seen.some(({ orderId }) => orderId === about);

function lineOf({
  client,
  name,
  store,
  expectedVersion,
  commandId,
  outcome,
  reason,
  seen,
  orderId,
}: Operation) {
  const sighting = orderId === undefined ? undefined : seen.findLast((each) => each.orderId === orderId);
  return [
    `${client} ${name}`,
    store && `at ${store}`,
    expectedVersion !== undefined && `from v${expectedVersion}`,
    commandId && `command ${commandId.slice(0, 8)}`,
    outcome,
    reason,
    sighting ? `v${sighting.version} ${sighting.status}` : seen.length > 0 && `${seen.length} orders`,
  ]
    .filter((part) => part !== undefined && part !== false && part !== "")
    .join(" ");
}

function shortened(lines: string[]): string[] {
  if (lines.length <= most) return lines;
  const half = most / 2;
  return [...lines.slice(0, half), `  … ${lines.length - most} more …`, ...lines.slice(-half)];
}
