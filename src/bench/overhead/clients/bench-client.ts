import type { Workload } from "../workload";

/** A client of one variant: makes one call of a workload, in a trace that is recorded or not, and reads all of the answer. */
export type BenchClient = (workload: Workload, sampled: boolean) => Promise<void>;

/** Opens a client of the server on this port of this machine. */
export type OpenBenchClient = (port: number) => Promise<BenchClient>;

/** Of every call, in milliseconds. */
export const deadlineMs = 10_000;

/** Reads a stream to its end. Throws when messages are missing. */
export async function readAll(messages: AsyncIterable<unknown>, expected: number): Promise<void> {
  let received = 0;
  for await (const _message of messages) received += 1;
  if (received !== expected) throw new Error(`The stream had ${received} messages instead of ${expected}.`);
}
