import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { otlpSpec } from "./backends";
import { countOf, countVariables, parseInstance, type ScaledService } from "./instances";
import { launch } from "./launch";
import { PlainError } from "./plain-error";
import { serviceSpec, serviceStage } from "./services";
import { parseRestart, type Settings } from "./settings";
import { formatStatus, readStatus } from "./status";
import { formatWatchers } from "./summary";
import { watchers } from "./telemetry";
import { ask, ensureSupervisor, hasRemains, type SupervisorState } from "./supervisor/client";
import type { ProcessReport } from "./supervisor/protocol";

/** Stops everything that the stack started, and the supervisor. */
export async function stopAll(settings: Settings): Promise<void> {
  const state = await current(settings);
  if (!state) return console.log("Nothing runs.");
  const running = state.processes
    .filter((process) => process.pid !== undefined)
    .map((process) => process.name);
  console.log(`Stopping ${running.join(", ") || "the supervisor"}.`);
  await ask(settings.stateFolder, { verb: "shutdown" });
  console.log("Stopped. The data stays; make run-all goes on from here.");
}

export async function showStatus(settings: Settings, json: boolean): Promise<void> {
  const state = await current(settings);
  if (!state)
    return console.log(
      json ? JSON.stringify({ processes: [], pssBytes: 0 }) : "Nothing runs: start it with make run-all.",
    );
  const status = await readStatus(state);
  if (json) return console.log(JSON.stringify({ ...status, watchers: watchers(settings, status) }));
  console.log(`${formatStatus(status)}\n\nWatched by\n${formatWatchers(settings, status)}`);
}

/** `kill`, `freeze`, `resume`, `stop` for one process; RESTART in the environment changes its policy first. */
export async function control(
  settings: Settings,
  verb: "kill" | "freeze" | "resume" | "stop",
  name: string,
): Promise<void> {
  const before = await known(settings, name);
  const restart = process.env["RESTART"] ? parseRestart(process.env["RESTART"]) : undefined;
  const state = await ask(settings.stateFolder, { verb, name, restart });
  const after = state?.processes.find((process) => process.name === name);
  console.log(
    `${name} (${before.pid === undefined ? "did not run" : `pid ${before.pid}`}): ${after?.state ?? "unknown"}`,
  );
}

/** Starts a process by name: one that ran before, any service, or a further instance such as `pricing-2`. What is called needs its callers to know of it: `up` sees to that. */
export async function startOne(settings: Settings, name: string): Promise<void> {
  const { service, number } = parseInstance(name);
  if (service !== "pricing" && service in countVariables && number > countOf(settings, service)) {
    const variable = countVariables[service as ScaledService];
    throw new PlainError(
      `Nobody would call ${name}: make run-all ${variable}=${number} starts it and tells its callers.`,
    );
  }
  const state = await ensureSupervisor(settings.stateFolder);
  const report = state.processes.find((process) => process.name === name);
  const spec =
    name === "otlp"
      ? otlpSpec(settings)
      : report && report.spec.stage !== serviceStage
        ? report.spec
        : serviceSpec(settings, name);
  console.log(`${name}: ${await launch(settings, spec)}`);
}

export async function restartOne(settings: Settings, name: string): Promise<void> {
  await known(settings, name);
  await ask(settings.stateFolder, { verb: "stop", name });
  await startOne(settings, name);
}

/** Removes build and state, that of shifted ports too; refuses while anything runs. */
export async function clean(settings: Settings): Promise<void> {
  const { stateFolder, root } = settings;
  const inside = existsSync(stateFolder)
    ? readdirSync(stateFolder).filter((name) => name.startsWith("offset-"))
    : [];
  for (const folder of [stateFolder, ...inside.map((name) => join(stateFolder, name))]) {
    const state = await current({ ...settings, stateFolder: folder });
    if (state?.processes.some((process) => process.pid !== undefined)) {
      throw new PlainError(`Not cleaning while the system in ${folder} runs: make stop first.`);
    }
    if (state) await ask(folder, { verb: "shutdown" });
  }
  for (const path of [stateFolder, join(root, "dist"), join(root, "coverage")]) {
    if (existsSync(path)) console.log(`Removing ${path}`);
    rmSync(path, { recursive: true, force: true });
  }
}

/** The supervisor's state; a supervisor that died is replaced when it left processes. */
async function current(settings: Settings): Promise<SupervisorState | undefined> {
  const state = await ask(settings.stateFolder, { verb: "report" });
  return state ?? (hasRemains(settings.stateFolder) ? ensureSupervisor(settings.stateFolder) : undefined);
}

async function known(settings: Settings, name: string): Promise<ProcessReport> {
  const state = await current(settings);
  if (!state) throw new PlainError("Nothing runs: start it with make run-all.");
  const report = state.processes.find((process) => process.name === name);
  if (report) return report;
  throw new PlainError(
    `There is no process ${name}; there are: ${state.processes.map((process) => process.name).join(", ")}.`,
  );
}
