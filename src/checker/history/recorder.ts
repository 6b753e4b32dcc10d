import { closeSync, openSync, writeSync } from "node:fs";
import type { Call, Caller, History, Operation, Sighting } from "./operation";
import { outcomeOf } from "./outcome";

/** Records the calls of one client. */
export type ClientRecorder = {
  /**
   * Makes a call and notes what became of it; answers and throws as the call does. `sight` says which orders the answer shows, `learn` what else is known of the call by its answer.
   */
  record<T>(
    call: Call,
    run: () => Promise<T>,
    sight?: (answer: T) => readonly Sighting[],
    learn?: (answer: T) => Partial<Call>,
  ): Promise<T>;
  /** Reads a stream to its end and notes what came; a stream that breaks is unknown, and what came counts. Resolves to the outcome, never throws. */
  watch<T>(
    call: Call,
    open: () => AsyncIterable<T>,
    sight: (message: T) => Sighting,
    onMessage?: (message: T) => void,
  ): Promise<Operation>;
};

/** Writes down what clients saw. */
export type Recorder = {
  /** A client of a name; `caller` is in whose name it calls. */
  client(name: string, caller: Caller): ClientRecorder;
  /** All operations that have ended so far. */
  history(): History;
  /** Closes the file. Operations that end later are kept in memory only. */
  close(): void;
};

/** Opens a recorder. `file` gets one JSON line per operation when it ends, appended at once, so that it outlives this process. Whoever opens it closes it. */
export function openRecorder({ file }: { file?: string } = {}): Recorder {
  const operations: Operation[] = [];
  let descriptor = file === undefined ? undefined : openSync(file, "a");
  const keep = (operation: Operation): Operation => {
    operations.push(operation);
    if (descriptor !== undefined) writeSync(descriptor, `${JSON.stringify(operation)}\n`);
    return operation;
  };
  return {
    client: (client, caller) => ({
      async record(call, run, sight = () => [], learn = () => ({})) {
        const startedAt = now();
        const end = (more: Pick<Operation, "outcome" | "seen"> & Partial<Operation>): Operation =>
          keep({ ...call, client, caller, startedAt, endedAt: now(), ...more });
        try {
          const answer = await run();
          end({ ...learn(answer), outcome: "ok", seen: sight(answer) });
          return answer;
        } catch (error) {
          end({ ...outcomeOf(error), seen: [] });
          throw error;
        }
      },
      async watch(call, open, sight, onMessage) {
        const startedAt = now();
        const seen: Sighting[] = [];
        const common = { ...call, client, caller, startedAt };
        try {
          for await (const message of open()) {
            seen.push(sight(message));
            onMessage?.(message);
          }
          return keep({ ...common, endedAt: now(), outcome: "ok", seen });
        } catch (error) {
          return keep({ ...common, endedAt: now(), ...outcomeOf(error), seen });
        }
      },
    }),
    history: () => ({ operations }),
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

let latest = 0;

/**
 * The machine's clock, which databases write times by too; it never goes back, and no two times are the same: on a fast machine a call ends and the next begins within a millisecond. The monotonic clock
 * drifts away from it.
 */
function now(): number {
  latest = Math.max(latest + 0.001, Date.now());
  return latest;
}
