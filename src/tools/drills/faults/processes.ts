import { setTimeout as sleep } from "node:timers/promises";
import { launch } from "../../../stack/launch";
import { treeOf } from "../../../stack/proc";
import { ask } from "../../../stack/supervisor/client";
import type { ProcessReport } from "../../../stack/supervisor/protocol";
import type { Act, Site } from "../types";
import { once } from "./databases";

/** SIGKILL to a process and to all it started; nobody starts it again until the drill does. */
export function kill(name: string): Act {
  return async (site, undo) => {
    const { spec } = await processOf(site, name);
    const ready = name === "postgres" ? () => answers(site) : undefined;
    undo.add(`start ${name}`, () => launch(site.settings, spec, ready));
    await ask(site.settings.stateFolder, { verb: "kill", name, restart: "off" });
  };
}

/** SIGSTOP: the process keeps its connections and says nothing any more. */
export function freeze(name: string): Act {
  return async (site, undo) => {
    await processOf(site, name);
    undo.add(`resume ${name}`, () => ask(site.settings.stateFolder, { verb: "resume", name }));
    await ask(site.settings.stateFolder, { verb: "freeze", name });
  };
}

/** SIGKILL to whatever a process starts, as soon as it is seen. */
export function killChildren(name: string): Act {
  return async (site, undo) => {
    const { pid } = await processOf(site, name);
    if (pid === undefined) throw new Error(`${name} does not run.`);
    const killing = setInterval(() => {
      for (const child of treeOf(pid)) if (child !== pid) killQuietly(child);
    }, 100);
    undo.add(`spare what ${name} starts`, async () => clearInterval(killing));
  };
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** A process started again with further variables in its environment, until the end of the drill. */
export function startedWith(
  name: string,
  variables: (site: Site) => Record<string, string> | Promise<Record<string, string>>,
): Act {
  return async (site, undo) => {
    const { spec } = await processOf(site, name);
    const further = await variables(site);
    undo.add(`start ${name} as it was`, () => launch(site.settings, spec));
    const changed = {
      ...spec,
      env: { ...spec.env, ...further },
      fingerprint: `${spec.fingerprint} in a drill`,
    };
    await launch(site.settings, changed);
  };
}

/** One act after another. */
export function all(...acts: Act[]): Act {
  return async (site, undo) => {
    for (const act of acts) await act(site, undo);
  };
}

/** PostgreSQL has no port that says so; after a crash it recovers for a while and refuses everybody. */
async function answers(site: Site): Promise<void> {
  for (let left = 60; ; left--) {
    try {
      return await once(site, "postgres", "SELECT 1");
    } catch (error) {
      if (left === 0) throw error;
      await sleep(1_000);
    }
  }
}

async function processOf({ settings }: Site, name: string): Promise<ProcessReport> {
  const state = await ask(settings.stateFolder, { verb: "report" });
  const report = state?.processes.find((process) => process.name === name);
  if (!report) throw new Error(`There is no process ${name}.`);
  return report;
}
