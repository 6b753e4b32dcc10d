import { backendRows, kafkaRow, otlpSpec, type BackendRow } from "./backends";
import { build } from "./build";
import { launch } from "./launch";
import { PlainError } from "./plain-error";
import { keepInstances, parseInstance } from "./instances";
import type { ProcessSpec } from "./process-spec";
import { createProgress, seconds, type Progress } from "./progress";
import { serviceSpecs } from "./services";
import type { Settings } from "./settings";
import { readStatus } from "./status";
import { formatWatchers, summary } from "./summary";
import { startTelemetry, telegramOf } from "./telemetry";
import { ask, ensureSupervisor } from "./supervisor/client";
import type { ProcessReport } from "./supervisor/protocol";
import { writeTargets } from "./targets";

/** Starts everything that does not run: backends beside the build, then the services, then what watches them. */
export async function up(settings: Settings): Promise<void> {
  const startedAt = Date.now();
  if (settings.telemetry) telegramOf(settings);
  await supervise(settings);
  console.log("Starting Alexandrite without Docker.");
  await inParallel((progress) => [
    progress.task("build", () => build(settings.root)),
    ...backendRows(settings).map((row) => startBackend(settings, row, progress)),
  ]);
  keepInstances(settings);
  const specs = serviceSpecs(settings);
  const before = await stopFurther(settings, specs);
  await inParallel((progress) => [
    progress.task("otlp", () => launch(settings, otlpSpec(settings))),
    ...startServices(settings, specs, before, progress),
  ]);
  await watch(settings, specs);
  console.log(`Everything is ready after ${seconds(Date.now() - startedAt)}.\n`);
  const state = await ensureSupervisor(settings.stateFolder);
  console.log(summary(settings, await readStatus(state)));
}

/** Starts what watches the system, or has it read its configuration again; of the services nothing changes. */
export async function upTelemetry(settings: Settings): Promise<void> {
  await supervise(settings);
  await watch(settings, serviceSpecs(settings));
  const state = await ensureSupervisor(settings.stateFolder);
  console.log(formatWatchers(settings, await readStatus(state)));
}

async function watch(settings: Settings, specs: ProcessSpec[]): Promise<void> {
  writeTargets(settings, specs);
  await inParallel((progress) => [startTelemetry(settings, progress)]);
}

/** Starts the broker with its topics, and nothing else. */
export async function upKafka(settings: Settings): Promise<void> {
  await supervise(settings);
  await inParallel((progress) => [startBackend(settings, kafkaRow(settings), progress)]);
  console.log(
    `\nKafka listens on 127.0.0.1:${settings.ports.kafka} with the topics order_status and order_status.dlq.`,
  );
  console.log("Next: make run-all starts the rest; make stop stops it.");
}

/** Stops the instances beyond the wanted counts, one after another; gives the processes that go on. */
async function stopFurther(settings: Settings, wanted: ProcessSpec[]): Promise<ProcessReport[]> {
  const { processes } = await ensureSupervisor(settings.stateFolder);
  const names = new Set(wanted.map(({ name }) => name));
  const further = processes.filter(
    ({ name, spec }) => spec.stage === wanted[0]?.stage && !names.has(name) && parseInstance(name).number > 1,
  );
  for (const { name } of further) {
    await ask(settings.stateFolder, { verb: "forget", name });
    console.log(`${name}: stopped, it is one more than wanted`);
  }
  return processes.filter((process) => !further.includes(process));
}

/** What does not run starts at once; of what runs and has changed, the instances of a service change one after another. */
function startServices(
  settings: Settings,
  specs: ProcessSpec[],
  before: ProcessReport[],
  progress: Progress,
): Promise<void>[] {
  const turns = new Map<string, Promise<void>>();
  return specs.map((spec) => {
    const { service } = parseInstance(spec.name);
    const runs = before.some(({ name, pid }) => name === spec.name && pid !== undefined);
    const turn = runs ? turns.get(service) : undefined;
    const started = progress.task(spec.name, async () => {
      await turn?.catch(() => undefined);
      return launch(settings, spec);
    });
    turns.set(service, started);
    return started;
  });
}

async function supervise(settings: Settings): Promise<void> {
  if (process.platform !== "linux") {
    throw new PlainError("Running without Docker needs Linux: use STACK=docker with a Docker engine here.");
  }
  const { adopted } = await ensureSupervisor(settings.stateFolder);
  if (adopted > 0)
    console.log(
      `The last supervisor died; a new one took over the ${adopted} processes that it left running.`,
    );
}

function startBackend(settings: Settings, row: BackendRow, progress: Progress): Promise<void> {
  return progress.task(row.name, async (report) => {
    report("getting its files");
    const backend = await row.create((line) => report(line));
    report("preparing its folder");
    await backend.prepare();
    report("starting");
    const done = await launch(settings, backend.spec, () => backend.ready());
    await row.provision();
    return done;
  });
}

/** Runs tasks at the same time under one display. Every failure is told; the first ends the run. */
async function inParallel(start: (progress: Progress) => Promise<void>[]): Promise<void> {
  const progress = createProgress();
  const results = await Promise.allSettled(start(progress));
  progress.close();
  const faults = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  if (faults.length === 0) return;
  const messages = faults.map((fault) =>
    fault instanceof PlainError ? fault.message : (fault.stack ?? fault.message),
  );
  throw new PlainError(
    `${messages.join("\n\n")}\n\nWhat did start goes on: make status shows it, make stop ends it.`,
  );
}
