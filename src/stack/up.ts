import { backendRows, kafkaRow, otlpSpec, type BackendRow } from "./backends";
import { build } from "./build";
import { launch } from "./launch";
import { PlainError } from "./plain-error";
import { createProgress, seconds, type Progress } from "./progress";
import { serviceSpecs } from "./services";
import type { Settings } from "./settings";
import { readStatus } from "./status";
import { summary } from "./summary";
import { ensureSupervisor } from "./supervisor/client";

/** Starts everything that does not run: backends beside the build, then the services. */
export async function up(settings: Settings): Promise<void> {
  const startedAt = Date.now();
  await supervise(settings);
  console.log("Starting Alexandrite without Docker.");
  await inParallel((progress) => [
    progress.task("build", () => build(settings.root)),
    ...backendRows(settings).map((row) => startBackend(settings, row, progress)),
  ]);
  await inParallel((progress) =>
    [otlpSpec(settings), ...serviceSpecs(settings)].map((spec) =>
      progress.task(spec.name, () => launch(settings, spec)),
    ),
  );
  console.log(`Everything is ready after ${seconds(Date.now() - startedAt)}.\n`);
  const state = await ensureSupervisor(settings.stateFolder);
  console.log(summary(settings, await readStatus(state)));
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
