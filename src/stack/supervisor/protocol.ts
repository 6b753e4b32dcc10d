import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProcessSpec } from "../process-spec";
import type { RestartPolicy } from "../settings";

/**
 * `starting over` waits for its restart; `ended` went by itself and stays down; `stopped` was told to.
 */
export type ProcessState = "running" | "frozen" | "stopping" | "stopped" | "ended" | "starting over";

export type ProcessReport = {
  name: string;
  state: ProcessState;
  pid?: number;
  /** When this state began, epoch milliseconds. */
  since: number;
  /** How often it came back by itself. */
  restarts: number;
  restart: RestartPolicy;
  /** How it last went, such as "code 1" or "SIGKILL". */
  lastEnd?: string;
  log: string;
  spec: ProcessSpec;
};

/** One request per connection, as one line of JSON; the answer likewise. */
export type Request =
  | { verb: "report" }
  | { verb: "start"; spec: ProcessSpec; restart: RestartPolicy }
  | { verb: "start again" | "forget"; name: string }
  | { verb: "stop" | "kill" | "freeze" | "resume"; name: string; restart?: RestartPolicy }
  | { verb: "shutdown" };

export type Answer =
  { ok: true; pid: number; adopted: number; processes: ProcessReport[] } | { ok: false; message: string };

/** Where the supervisor of a state folder listens. A socket's path holds 107 bytes at most: a long one moves. */
export function socketPath(stateFolder: string): string {
  const path = join(stateFolder, "supervisor.sock");
  if (Buffer.byteLength(path) <= 107) return path;
  const digest = createHash("sha256").update(stateFolder).digest("hex").slice(0, 16);
  return join(tmpdir(), `alexandrite-${digest}.sock`);
}
