import { type ChildProcess, fork } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finding, keepFinding } from "../finding";
import type { ModelOrder, ModelReport } from "./child";
import { cpuSecondsPerMb } from "./judge";
import { type FuzzedFormat, makeModelCase } from "./make-case";
import { statusOf, usageOf } from "./watch";

/** What a process may hold at its highest, in megabytes. Half of what one calculation may, though it measures one model after another. */
const memoryMb = 600;
const heapMb = 256;
const lookMs = 200;
/** A process that is killed for one case begins with the next; one that finds without end is not waited for. */
const mostFindings = 20;

export type ModelsRun = {
  seed: number;
  from: number;
  to: number;
  keepIn: string;
  program?: string | undefined;
};

export type ModelsDone = {
  cases: number;
  /** How often each price or reason was the end. */
  told: Record<string, number>;
  peakMb: number;
  cpuSeconds: number;
  findings: Finding[];
};

/** Beside this file, compiled or not: tests run from the sources. */
const ours = [join(__dirname, "child.js"), join(__dirname, "../../../dist/fuzz/models/child.js")].find(
  existsSync,
);

/** Measures cases `from` up to before `to` in a process of its own, and in a new one after each that it did not survive. */
export async function runModels(
  fuzzed: FuzzedFormat,
  { seed, from, to, keepIn, program = ours }: ModelsRun,
): Promise<ModelsDone> {
  const folder = mkdtempSync(join(tmpdir(), "alexandrite-fuzz-"));
  const statusFile = join(folder, "status");
  const done: ModelsDone = { cases: 0, told: {}, peakMb: 0, cpuSeconds: 0, findings: [] };
  const keep = (n: number, what: string): void => {
    const { bytes, format, unit } = makeModelCase(fuzzed, seed, n);
    const told = `${what} (as ${format} in ${unit})`;
    done.findings.push(keepFinding(keepIn, { part: `models/${fuzzed}`, seed, n, what: told }, bytes, format));
  };
  try {
    for (let next = from; next < to && done.findings.length < mostFindings;) {
      const died = await runChild(program, { fuzzed, seed, from: next, to, statusFile }, done, keep);
      if (died === undefined) {
        done.cases += to - next;
        break;
      }
      const at = statusOf(statusFile)?.n ?? next;
      keep(at, died);
      done.cases += at + 1 - next;
      next = at + 1;
    }
    return done;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How the process died, or nothing when it came to the end. */
async function runChild(
  program: string | undefined,
  order: ModelOrder,
  done: ModelsDone,
  keep: (n: number, what: string) => void,
): Promise<string | undefined> {
  if (program === undefined) throw new Error("The fuzzer's program is missing: run `npm run build`.");
  const child = fork(program, [], {
    execArgv: [`--max-old-space-size=${heapMb}`],
    env: {},
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.on("data", (bytes: Buffer) => (said = (said + bytes.toString()).slice(-4_000)));
  let finished = false;
  child.on("message", (report: ModelReport) => {
    if (report.kind === "finding") keep(report.n, report.finding);
    else {
      finished = true;
      done.cpuSeconds += report.cpuSeconds;
      for (const [reason, count] of Object.entries(report.told))
        done.told[reason] = (done.told[reason] ?? 0) + count;
    }
  });
  const ended = new Promise<string>((resolve) =>
    child.once("close", (code, signal) => resolve(`the process died (${signal ?? code}) ${said}`)),
  );
  child.send(order);
  const watch = watchChild(child, order.statusFile, done);
  const how = await ended;
  const broken = watch();
  return broken ?? (finished ? undefined : how);
}

/** Kills a process whose case takes too much; answers with what stops the watching and says why it was killed, if it was. */
function watchChild(child: ChildProcess, statusFile: string, done: ModelsDone): () => string | undefined {
  let broken: string | undefined;
  let current = -1;
  let since = 0;
  const timer = setInterval(() => {
    const usage = usageOf(child.pid!);
    const status = statusOf(statusFile);
    if (usage === undefined || status === undefined || broken !== undefined) return;
    done.peakMb = Math.max(done.peakMb, Math.round(usage.residentMb));
    if (status.n !== current) [current, since] = [status.n, usage.cpuSeconds];
    // The process itself tells a case that took too long and came to its end.
    const allowed = 1 + 2 * cpuSecondsPerMb * Math.max(1, status.bytes / 1e6);
    if (usage.cpuSeconds - since > allowed)
      broken = `no end after ${(usage.cpuSeconds - since).toFixed(1)} s of CPU for ${status.bytes} bytes`;
    else if (usage.residentMb > memoryMb)
      broken = `${Math.round(usage.residentMb)} MB of memory, with a file of ${status.bytes} bytes at work`;
    if (broken !== undefined) child.kill("SIGKILL");
  }, lookMs);
  return () => {
    clearInterval(timer);
    return broken;
  };
}
