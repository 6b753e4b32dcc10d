import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import type { Processes, ProcessEnd, ProcessLimits } from "../../../platform/process";
import type { ChildJob, ChildReport } from "./messages";

/** All of a calculation's limits: a hostile model would find the one that is missing. */
export type ChildLimits = Required<ProcessLimits>;

/** The calculation's name in metrics, spans and log. */
export const calculationProgram = "calculation";

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

/**
 * Runs one calculation in a process of its own, at a low priority: the model is streamed into it, and it is killed when it stalls, takes too long or too much
 * memory, or when `signal` aborts. Has ended when this settles. Rejects with ChildDiedError, or with the error of `model`.
 */
export async function runChild(
  processes: Processes,
  job: ChildJob,
  model: AsyncIterable<Uint8Array>,
  limits: ChildLimits,
  { onProgress, signal }: { onProgress: (fraction: number) => void; signal: AbortSignal },
): Promise<ChildReport> {
  if (childPath === undefined) throw new Error("The calculation's program is missing: run `npm run build`.");
  const child = processes.fork(
    {
      name: calculationProgram,
      file: childPath,
      execArgv: [`--max-old-space-size=${limits.memoryMb}`],
      // It reads what anybody may have uploaded, and needs nothing that is in here.
      env: {},
      propagateTrace: false,
      // Calculations give way to the services beside them, and still move on a busy machine.
      nice: constants.priority.PRIORITY_BELOW_NORMAL,
    },
    { limits, signal },
  );
  const reported = new Promise<ChildReport>((resolve, reject) => {
    child.onMessage((message) => {
      const report = message as ChildReport;
      if (report.kind === "progress") onProgress(report.fraction);
      else resolve(report);
    });
    void child.ended.then((end) => reject(diedOf(end)));
  });
  child.send(job);
  const fed = child.feed(model);
  try {
    // A model that cannot be read ends the calculation; a calculation that has ended needs no more of the model.
    const report = await Promise.race([reported, fed.then(() => reported)]);
    if ("cpuSeconds" in report) child.tellCpuSeconds(report.cpuSeconds);
    child.finish();
    return report;
  } catch (error) {
    child.stop(error);
    throw error;
  } finally {
    reported.catch(() => undefined);
    fed.catch(() => undefined);
    await child.ended;
  }
}

function diedOf({ code, error }: ProcessEnd): ChildDiedError {
  const message = error?.message ?? "The calculation ended without a result.";
  switch (code) {
    case "stalled":
      return new ChildDiedError("STALLED", message);
    case "too_slow":
      return new ChildDiedError("TOO_SLOW", message);
    case "too_much_memory":
      return new ChildDiedError("TOO_MUCH_MEMORY", message);
    case "cancelled":
      return new ChildDiedError("STOPPED", message);
    case "ok":
    case "failed":
    case "killed":
    case "not_started":
    case "too_much_output":
      return new ChildDiedError("CRASHED", message);
  }
}
