import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ChildJob, ChildReport } from "./messages";

export type ChildLimits = {
  /** Resident memory in megabytes. */
  memoryMb: number;
  /** Longest without progress, in milliseconds. */
  stallMs: number;
  /** Longest in all, in milliseconds. */
  totalMs: number;
};

/** A calculation that was ended from outside or died: nothing is known about the model. */
export class ChildDiedError extends Error {
  override readonly name = "ChildDiedError";
  constructor(
    readonly reason: "STALLED" | "TOO_SLOW" | "TOO_MUCH_MEMORY" | "CRASHED" | "STOPPED",
    message: string,
  ) {
    super(message);
  }
}

/** Beside this file, compiled or not: tests run from the sources. */
const childPath = [
  join(__dirname, "child.js"),
  join(__dirname, "../../../../dist/services/pricing/calculation/child.js"),
].find(existsSync);
/** How often the limits are looked at, in milliseconds. */
const lookMs = 250;

/**
 * Runs one calculation in a process of its own, at a low priority: the model is streamed into it, and it is killed when it stalls, takes too long or too much
 * memory, or when `signal` aborts. Rejects with ChildDiedError, or with the error of `model`.
 */
export async function runChild(
  job: ChildJob,
  model: AsyncIterable<Uint8Array>,
  limits: ChildLimits,
  { onProgress, signal }: { onProgress: (fraction: number) => void; signal: AbortSignal },
): Promise<ChildReport> {
  if (childPath === undefined) throw new Error("The calculation's program is missing: run `npm run build`.");
  const child = fork(childPath, [], {
    execArgv: [`--max-old-space-size=${limits.memoryMb}`],
    env: {},
    serialization: "json",
    stdio: ["pipe", "ignore", "inherit", "ipc"],
  });
  lowerPriority(child);
  let movedAt = Date.now();
  const ended = new Promise<ChildReport>((resolve, reject) => {
    const kill = (reason: ChildDiedError["reason"], message: string): void => {
      reject(new ChildDiedError(reason, message));
      child.kill("SIGKILL");
    };
    const guard = guardLimits(child, limits, () => movedAt, kill);
    const stop = (): void => kill("STOPPED", "The calculation was called off");
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    child.on("message", (report: ChildReport) => {
      movedAt = Date.now();
      if (report.kind === "progress") onProgress(report.fraction);
      else resolve(report);
    });
    child.on("error", (error) =>
      reject(new ChildDiedError("CRASHED", `The calculation could not run: ${error.message}`)),
    );
    child.once("exit", (code, exitSignal) => {
      clearInterval(guard);
      signal.removeEventListener("abort", stop);
      reject(
        new ChildDiedError(
          "CRASHED",
          `The calculation ended with ${exitSignal ?? `code ${code}`} and no result`,
        ),
      );
    });
  });
  child.send(job);
  const fed = feed(child, model, () => (movedAt = Date.now()));
  try {
    // A model that cannot be read ends the calculation; a calculation that has ended needs no more of the model.
    return await Promise.race([ended, fed.then(() => ended)]);
  } finally {
    ended.catch(() => undefined);
    fed.catch(() => undefined);
    if (child.exitCode === null) child.kill("SIGKILL");
  }
}

/** Calculations give way to the services beside them, and still move on a busy machine. */
function lowerPriority({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, which its exit tells.
  }
}

function guardLimits(
  child: ChildProcess,
  { memoryMb, stallMs, totalMs }: ChildLimits,
  movedAt: () => number,
  kill: (reason: ChildDiedError["reason"], message: string) => void,
): NodeJS.Timeout {
  const startedAt = Date.now();
  return setInterval(() => {
    const now = Date.now();
    if (now - movedAt() > stallMs) kill("STALLED", `The calculation made no progress for ${stallMs} ms`);
    else if (now - startedAt > totalMs) kill("TOO_SLOW", `The calculation took longer than ${totalMs} ms`);
    else if (child.pid !== undefined) {
      void residentMb(child.pid).then((used) => {
        if (used > memoryMb)
          kill("TOO_MUCH_MEMORY", `The calculation took ${Math.round(used)} MB, ${memoryMb} are allowed`);
      });
    }
  }, lookMs);
}

/** Typed arrays are outside V8's heap limit, so the process's own memory is looked at; 0 where the system does not tell. */
async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

async function feed(
  child: ChildProcess,
  model: AsyncIterable<Uint8Array>,
  onMove: () => void,
): Promise<void> {
  if (!child.stdin) throw new Error("The calculation has no standard input.");
  try {
    await pipeline(watched(model, onMove), child.stdin);
  } catch (error) {
    // A calculation may refuse a model before its end; that it hung up is no fault of the model's source.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EPIPE" && code !== "ERR_STREAM_PREMATURE_CLOSE" && code !== "ECONNRESET") throw error;
  }
}

async function* watched(model: AsyncIterable<Uint8Array>, onMove: () => void): AsyncGenerator<Uint8Array> {
  for await (const bytes of model) {
    onMove();
    yield bytes;
  }
}
