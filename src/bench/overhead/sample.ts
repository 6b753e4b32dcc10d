import type { Peer } from "./peer";
import { sampledShareOf, type ServerVariant } from "./variants";
import { type Workload, workloads } from "./workload";

/** One round of one variant. */
export type Sample = {
  /** CPU time of the server per call, in microseconds, all its threads and the kernel's work for it. */
  serverUs: number;
  /** The load's, likewise. */
  loadUs: number;
  perSecond: number;
  p99Ms: number;
};

/** Puts `calls` calls on a server and tells what they cost it. */
export async function takeSample(
  server: Peer,
  load: Peer,
  variant: ServerVariant,
  workload: Workload,
  calls: number = workloads[workload].calls,
): Promise<Sample> {
  const before = await server.ask({ kind: "cpu" }, "cpu");
  const ran = await load.ask(
    { kind: "run", port: server.port, workload, calls, sampledShare: sampledShareOf(variant) },
    "ran",
  );
  const after = await server.ask({ kind: "cpu-now" }, "cpu");
  return {
    serverUs: (after.cpuUs - before.cpuUs) / calls,
    loadUs: ran.cpuUs / calls,
    perSecond: calls / ran.seconds,
    p99Ms: ran.p99Ms,
  };
}
