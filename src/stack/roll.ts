import { setTimeout as sleep } from "node:timers/promises";
import { parseInstance } from "./instances";
import { launch, probe } from "./launch";
import { PlainError } from "./plain-error";
import { services } from "./service-table";
import { serviceSpec } from "./services";
import type { Settings } from "./settings";
import { ask } from "./supervisor/client";
import type { ProcessReport } from "./supervisor/protocol";

/** Longer than clients wait at most between two attempts to connect (2 s, and a fifth of it by chance): all of them have come back to an instance before the next one goes. */
export const settleMs = 3_000;

/**
 * Restarts the instances of a service, or of all, one after another: stop with its grace, start, wait until it is ready and its callers have come back, next.
 * Refuses when an instance is not ready to begin with. A service with one instance is away in between.
 */
export async function roll(settings: Settings, wanted: string): Promise<void> {
  const names = wanted === "all" ? services.map(({ name }) => name) : [wanted];
  for (const service of names) {
    const instances = await instancesOf(settings, service);
    if (instances.length === 0 && wanted === "all") continue;
    if (instances.length === 0) throw new PlainError(`No instance of ${service} runs: see make status.`);
    await rollService(settings, service, instances);
  }
}

async function rollService(settings: Settings, service: string, instances: ProcessReport[]): Promise<void> {
  for (const { name, spec } of instances) {
    await probe(spec).catch((error: Error) => {
      throw new PlainError(
        `${name} is not ready (${error.message}): nothing of ${service} is restarted before it is.`,
      );
    });
  }
  if (instances.length === 1)
    console.log(
      `${service} has one instance: until it is back its callers get UNAVAILABLE once their retries are over.`,
    );
  for (const { name } of instances) {
    const startedAt = Date.now();
    await ask(settings.stateFolder, { verb: "stop", name });
    const stoppedMs = Date.now() - startedAt;
    await launch(settings, serviceSpec(settings, name));
    const readyMs = Date.now() - startedAt;
    console.log(`${name}: stopped after ${stoppedMs} ms, ready after ${readyMs} ms`);
    await sleep(settleMs);
  }
}

/** What runs of a service, the first instance first. */
async function instancesOf(settings: Settings, service: string): Promise<ProcessReport[]> {
  const state = await ask(settings.stateFolder, { verb: "report" });
  if (!state) throw new PlainError("Nothing runs: start it with make run-all.");
  const stage = serviceSpec(settings, service).stage;
  return state.processes
    .filter(
      ({ name, pid, spec }) =>
        spec.stage === stage && pid !== undefined && parseInstance(name).service === service,
    )
    .sort((a, b) => parseInstance(a.name).number - parseInstance(b.name).number);
}
