import { PlainError } from "./plain-error";
import { needPort } from "./ports";
import type { ProcessSpec } from "./process-spec";
import type { Settings } from "./settings";
import { lastLines } from "./logs/read-log";
import { ask } from "./supervisor/client";
import type { ProcessReport } from "./supervisor/protocol";

const readyMs = 120_000;
/** A process that ended this often before it was ready will not become so. */
const attempts = 3;

/** Sees to it that a process runs as `spec` says and is ready; tells what had to be done. */
export async function launch(
  settings: Settings,
  spec: ProcessSpec,
  ready = (): Promise<void> => probe(spec),
): Promise<string> {
  const found = await reportOf(settings, spec.name);
  let done = "started";
  if (found?.pid !== undefined && found.spec.fingerprint === spec.fingerprint) {
    if (found.state === "frozen") await ask(settings.stateFolder, { verb: "resume", name: spec.name });
    done = found.state === "frozen" ? "resumed" : "already running";
  } else if (found?.pid !== undefined) {
    await ask(settings.stateFolder, { verb: "stop", name: spec.name });
    done = "started again: its code or settings changed";
  }
  if (found?.pid === undefined) for (const port of spec.ports) await needPort(port, spec.name);
  const answer = await ask(settings.stateFolder, { verb: "start", spec, restart: settings.restart });
  if (!answer) throw new PlainError("The supervisor is gone: run the command again.");
  await untilReady(settings, spec, found?.restarts ?? 0, ready);
  return done;
}

async function untilReady(
  settings: Settings,
  spec: ProcessSpec,
  restartsBefore: number,
  ready: () => Promise<void>,
): Promise<void> {
  const end = Date.now() + readyMs;
  for (;;) {
    const attempt = await ready().then(
      () => undefined,
      (error: Error) => error,
    );
    if (!attempt) return;
    const report = await reportOf(settings, spec.name);
    const failures = (report?.restarts ?? 0) - restartsBefore;
    const over =
      report === undefined || report.state === "ended" || report.state === "stopped" || failures >= attempts;
    if (over || Date.now() > end) {
      const what = over
        ? `ended (${report?.lastEnd ?? "unknown"}) before it was ready`
        : `was not ready after ${readyMs / 1_000} s (${attempt.message})`;
      const log = report?.log ?? "";
      throw new PlainError(`${spec.name} ${what}. The end of ${log}:\n${lastLines(log, 8)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

async function reportOf(settings: Settings, name: string): Promise<ProcessReport | undefined> {
  const state = await ask(settings.stateFolder, { verb: "report" });
  return state?.processes.find((process) => process.name === name);
}

/** Resolves when the process answers its readiness check once. */
export async function probe(spec: ProcessSpec, timeoutMs = 2_000): Promise<void> {
  if (spec.ready.kind === "none") return;
  const response = await fetch(spec.ready.url, { signal: AbortSignal.timeout(timeoutMs) });
  await response.body?.cancel();
  if (response.status !== 200) throw new Error(`${spec.ready.url} answers ${response.status}`);
}
