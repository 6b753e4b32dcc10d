import type { Peer } from "./peer";
import { type Workload, workloads } from "./workload";

/** One round of one variant. */
export type Sample = {
  /** CPU time of the measured process per call, in microseconds: all its threads, and the kernel's work for it. */
  cpuUs: number;
  perSecond: number;
  p99Ms: number;
};

/** Of a variant's calls, the share whose caller says that the trace is recorded. */
function sampledShareOf(variant: string): number {
  return variant === "everything at 10 %" ? 0.1 : 1;
}

/** Puts a round of calls on a server and tells what they cost it. */
export async function sampleServer(
  server: Peer,
  load: Peer,
  variant: string,
  workload: Workload,
): Promise<Sample> {
  const { calls } = workloads[workload];
  const before = await server.ask({ kind: "cpu" }, "cpu");
  const ran = await load.ask(
    { kind: "run", port: server.ready.port, workload, calls, sampledShare: sampledShareOf(variant) },
    "ran",
  );
  const after = await server.ask({ kind: "cpu-now" }, "cpu");
  return { cpuUs: (after.cpuUs - before.cpuUs) / calls, perSecond: calls / ran.seconds, p99Ms: ran.p99Ms };
}

/** Has a client make a round of calls and tells what they cost it. */
export async function sampleClient(client: Peer, variant: string, workload: Workload): Promise<Sample> {
  const { calls } = workloads[workload];
  const order = { kind: "run", port: 0, workload, calls, sampledShare: sampledShareOf(variant) } as const;
  const ran = await client.ask(order, "ran");
  return { cpuUs: ran.cpuUs / calls, perSecond: calls / ran.seconds, p99Ms: ran.p99Ms };
}
