import { existsSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";

/** Counters that the worker thread writes and the main thread reads, as positions in a shared array. */
export const gelfCounters = {
  sent: 0,
  bufferFull: 1,
  connectionLost: 2,
  stopping: 3,
  invalid: 4,
  connected: 5,
} as const;

export type Gelf = {
  stream: pino.DestinationStream;
  /** What the transport did so far. */
  count(name: keyof typeof gelfCounters): number;
  close(budgetMs: number): Promise<void>;
};

/**
 * Opens the GELF transport: a worker thread that turns pino's lines into GELF 1.1 and sends them over TCP, so that encoding and a
 * slow server cost the service nothing. It buffers a bounded number of lines, counts what it drops, and survives the server's
 * absence. `workerFile` is the compiled worker; a test names its own.
 */
export function openGelf(
  address: string,
  service: string,
  instance: string,
  workerFile = join(__dirname, "gelf-worker.js"),
): Gelf {
  if (!existsSync(workerFile))
    throw new Error(`The GELF transport ${workerFile} is missing; build the project first.`);
  const shared = new SharedArrayBuffer(Object.keys(gelfCounters).length * Int32Array.BYTES_PER_ELEMENT);
  const counters = new Int32Array(shared);
  const stream = pino.transport({
    target: workerFile,
    options: { address, service, instance, counters: shared },
    // The worker must not run the process's preloads again.
    worker: { execArgv: [] },
  });
  // A worker that dies takes its lines along; the service goes on with standard output.
  stream.on("error", () => undefined);
  return {
    stream,
    count: (name) => Atomics.load(counters, gelfCounters[name]),
    async close(budgetMs) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, budgetMs);
        stream.once("close", () => {
          clearTimeout(timer);
          resolve();
        });
        stream.end();
      });
    },
  };
}
