import { existsSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { gelfCounters } from "./gelf-counters";

/** The running GELF transport. */
export type Gelf = {
  stream: pino.DestinationStream;
  /** What the transport did so far. */
  count(name: keyof typeof gelfCounters): number;
  /** Sends what is left for at most `budgetMs`, then ends the worker. */
  close(budgetMs: number): Promise<void>;
};

/**
 * Opens the GELF transport: a worker thread that turns pino's lines into GELF 1.1 and sends them over TCP, so that neither the encoding nor
 * a slow server costs the service time. It buffers a bounded number of lines, counts what it drops, and survives the server's absence.
 */
export function openGelf(address: string): Gelf {
  const worker = join(__dirname, "gelf-worker.js");
  if (!existsSync(worker)) {
    throw new Error(
      `GELF_ADDRESS is set, but ${worker} is missing: build the project, or unset GELF_ADDRESS.`,
    );
  }
  const shared = new SharedArrayBuffer(Object.keys(gelfCounters).length * Int32Array.BYTES_PER_ELEMENT);
  const counters = new Int32Array(shared);
  const stream = pino.transport({
    target: worker,
    options: { address, counters: shared },
    // The worker must not run the process's preloads again.
    worker: { execArgv: [] },
  });
  let gone = false;
  // A worker that dies takes its lines along; the service goes on with standard output.
  stream.on("error", () => {
    gone = true;
    Atomics.store(counters, gelfCounters.connected, 0);
  });
  stream.on("close", () => (gone = true));
  return {
    stream: {
      write(line) {
        if (gone) Atomics.add(counters, gelfCounters.stopping, 1);
        // The ring between the threads is full only when the worker gets no processor; waiting for it would stop the service.
        else if ((stream as unknown as { writableNeedDrain?: boolean }).writableNeedDrain)
          Atomics.add(counters, gelfCounters.bufferFull, 1);
        else stream.write(line);
      },
    },
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
