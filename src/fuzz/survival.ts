import type { Finding } from "./finding";
import type { ProcessState, Target } from "./target";

/** What a process of the system may hold after it was fuzzed, in megabytes. */
const memoryMb = 700;

/** Holds the system after a part against the one before it: nobody died, nobody grew without bound, and somebody new is served. */
export async function watchSurvival(
  target: Target,
  part: string,
  seed: number,
): Promise<() => Promise<{ findings: Finding[]; peakMb: number }>> {
  const before = new Map((await target.processes()).map((state) => [state.name, state]));
  return async () => {
    const findings: Finding[] = [];
    const find = (what: string): void => void findings.push({ part, seed, n: -1, what });
    await target.serve().catch((error: Error) => find(`afterwards nobody is served: ${error.message}`));
    const after = (await target.processes()).filter(({ name }) => name !== "supervisor");
    for (const state of after) for (const what of changes(before.get(state.name), state)) find(what);
    return { findings, peakMb: Math.max(...after.filter(isOurs).map(({ megabytes }) => megabytes)) };
  };
}

const isOurs = ({ name }: ProcessState): boolean => !/postgres|kafka|s3|minio|prometheus|grafana/.test(name);

function changes(before: ProcessState | undefined, after: ProcessState): string[] {
  const found: string[] = [];
  if (before && (before.pid !== after.pid || before.restarts !== after.restarts))
    found.push(
      `${after.name} has ended: process ${before.pid} is now ${after.pid}, restarts ${before.restarts} are now ${after.restarts}`,
    );
  if (before?.ready && !after.ready) found.push(`${after.name} is not ready`);
  if (isOurs(after) && after.megabytes > memoryMb) found.push(`${after.name} holds ${after.megabytes} MB`);
  return found;
}
