import { setTimeout as sleep } from "node:timers/promises";
import { brokerAnswers } from "../../stack/backends/kafka";
import { postgresAnswers } from "../../stack/backends/postgres";
import { countOf, instanceName } from "../../stack/instances";
import { launch } from "../../stack/launch";
import { settleMs } from "../../stack/roll";
import { ask } from "../../stack/supervisor/client";
import type { ProcessReport } from "../../stack/supervisor/protocol";
import { databasePassword } from "../../stack/secrets";
import type { Act, Site } from "./types";

/** Of several instances the dose means one. */
function instanceOf({ settings }: Site, { target, dose }: { target: string; dose: number }): string {
  const count = Math.max(1, countOf(settings, target));
  return instanceName(target, 1 + Math.min(count - 1, Math.floor(dose * count)));
}

/** SIGKILL, and a start after a while. What is killed with its supervisor's policy on would come back at once. */
export const kill: Act = async (site, fault, undo) => {
  const name = instanceOf(site, fault);
  const { spec } = await processOf(site, name);
  undo.add(`start ${name}`, () => launch(site.settings, spec, readyOf(site, name)));
  await ask(site.settings.stateFolder, { verb: "kill", name, restart: "off" });
  site.say(`killed ${name}`);
};

/** SIGSTOP: connections stay, and nothing is said any more; then SIGCONT. */
export const freeze: Act = async (site, fault, undo) => {
  const name = instanceOf(site, fault);
  await processOf(site, name);
  undo.add(`resume ${name}`, () => ask(site.settings.stateFolder, { verb: "resume", name }));
  await ask(site.settings.stateFolder, { verb: "freeze", name });
  site.say(`froze ${name}`);
};

/** Stop and start of each instance, one after another, as `make roll` does it. Ends when all have come back. */
export const roll: Act = async (site, { target }) => {
  const { settings } = site;
  const count = Math.max(1, countOf(settings, target));
  for (let number = 1; number <= count; number++) {
    const name = instanceName(target, number);
    const { spec } = await processOf(site, name);
    await ask(settings.stateFolder, { verb: "stop", name });
    await launch(settings, spec);
    if (number < count) await sleep(settleMs);
  }
  site.say(`rolled ${count} of ${target}`);
};

/** A process started with further variables in its environment, until the end of the fault. */
export function startedWith(variables: (site: Site, dose: number) => Record<string, string>): Act {
  return async (site, fault, undo) => {
    const name = instanceOf(site, fault);
    const { spec } = await processOf(site, name);
    const further = variables(site, fault.dose);
    undo.add(`start ${name} as it was`, () => launch(site.settings, spec));
    await launch(site.settings, {
      ...spec,
      env: { ...spec.env, ...further },
      fingerprint: `${spec.fingerprint} in chaos`,
    });
    site.say(
      `${name} runs with ${Object.entries(further)
        .map((each) => each.join("="))
        .join(" ")}`,
    );
  };
}

export async function processOf({ settings }: Pick<Site, "settings">, name: string): Promise<ProcessReport> {
  const report = (await processes({ settings })).find((process) => process.name === name);
  if (!report) throw new Error(`There is no process ${name}.`);
  return report;
}

export async function processes({ settings }: Pick<Site, "settings">): Promise<readonly ProcessReport[]> {
  const state = await ask(settings.stateFolder, { verb: "report" });
  if (!state) throw new Error("The supervisor does not answer.");
  return state.processes;
}

/** How a server is known to be back that has no port which says so. */
export function readyOf(
  { settings }: Pick<Site, "settings">,
  name: string,
): (() => Promise<void>) | undefined {
  const { postgres, kafka } = settings.ports;
  if (name === "postgres") return () => postgresAnswers({ port: postgres, password: databasePassword });
  if (name === "kafka") return () => brokerAnswers(kafka);
  return undefined;
}
