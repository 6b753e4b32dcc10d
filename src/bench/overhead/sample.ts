import { countInstructions, instructionCounter } from "./instructions";
import type { Peer } from "./peer";
import { type Workload, workloads } from "./workload";

/** One round of one variant. */
export type Sample = {
  /** CPU time of the measured process per call, in microseconds: all its threads, and the kernel's work for it. */
  cpuUs: number;
  perSecond: number;
  p99Ms: number;
  /** Instructions of the measured process per call, where the machine counts them. */
  instructions?: number | undefined;
};

/** Asked once. */
export const counter = instructionCounter();

function counted<T>(pid: number, work: () => Promise<T>) {
  return counter.available
    ? countInstructions(pid, work)
    : work().then((result) => ({ result, instructions: undefined }));
}

function perCall(instructions: number | undefined, calls: number): number | undefined {
  return instructions === undefined ? undefined : instructions / calls;
}

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
  const { port } = server.ready;
  const order = { kind: "run", port, workload, calls, sampledShare: sampledShareOf(variant) } as const;
  const { result, instructions } = await counted(server.pid, async () => {
    const before = await server.ask({ kind: "cpu" }, "cpu");
    const ran = await load.ask(order, "ran");
    const after = await server.ask({ kind: "cpu-now" }, "cpu");
    return { ran, cpuUs: (after.cpuUs - before.cpuUs) / calls };
  });
  const { ran, cpuUs } = result;
  return {
    cpuUs,
    perSecond: calls / ran.seconds,
    p99Ms: ran.p99Ms,
    instructions: perCall(instructions, calls),
  };
}

/** Has a client make a round of calls and tells what they cost it. */
export async function sampleClient(client: Peer, variant: string, workload: Workload): Promise<Sample> {
  const { calls } = workloads[workload];
  const order = { kind: "run", port: 0, workload, calls, sampledShare: sampledShareOf(variant) } as const;
  const { result: ran, instructions } = await counted(client.pid, () => client.ask(order, "ran"));
  return {
    cpuUs: ran.cpuUs / calls,
    perSecond: calls / ran.seconds,
    p99Ms: ran.p99Ms,
    instructions: perCall(instructions, calls),
  };
}
