import { launch } from "../launch";
import { PlainError } from "../plain-error";
import type { ProcessSpec } from "../process-spec";
import type { Settings } from "../settings";
import { ask } from "../supervisor/client";
import { ensureJaeger, findJaeger } from "../tools/jaeger";
import { ensurePrometheus, findPrometheus } from "../tools/prometheus";
import { alertmanagerSpec, jaegerSpec, prometheusSpec } from "./specs";

/** A server whose program may have to be fetched or built first. */
export type Server = {
  name: "prometheus" | "alertmanager" | "jaeger";
  /** The program where nothing has to be done for it. */
  find(): string | undefined;
  /** Fetches or builds it. Throws one sentence when that is impossible here. */
  ensure(report: (line: string) => void): Promise<string>;
  start(program: string): Promise<string>;
  /** How it is come by, and how long that takes. */
  how: string;
};

/** In the order in which they are fetched. */
export function servers(settings: Settings): Server[] {
  const fetched = "fetched from Debian or built with Go";
  return [
    {
      name: "prometheus",
      find: () => findPrometheus()?.prometheus,
      ensure: async (report) => (await ensurePrometheus(report)).prometheus,
      start: (program) => startOrReload(settings, prometheusSpec(settings, program)),
      how: fetched,
    },
    {
      name: "alertmanager",
      find: () => findPrometheus()?.alertmanager,
      ensure: async (report) => (await ensurePrometheus(report)).alertmanager,
      start: (program) => startOrReload(settings, alertmanagerSpec(settings, program)),
      how: fetched,
    },
    ...(settings.jaeger ? [jaeger(settings)] : []),
  ];
}

function jaeger(settings: Settings): Server {
  return {
    name: "jaeger",
    find: findJaeger,
    ensure: ensureJaeger,
    start: (program) => launch(settings, jaegerSpec(settings, program)),
    how: "built with Go, some 5 minutes the first time",
  };
}

/** A server that runs reads its configuration again: that is quicker than a restart, and forgets nothing. */
async function startOrReload(settings: Settings, spec: ProcessSpec): Promise<string> {
  const done = await launch(settings, spec);
  if (done !== "already running") return done;
  await reload(spec.ports[0] ?? 0);
  return "read its configuration again";
}

/** Has Prometheus or Alertmanager read its files again. Throws what it says when it refuses them. */
export async function reload(port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}/-/reload`;
  const response = await fetch(url, { method: "POST", signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (!response.ok) throw new PlainError(`${url} answers ${response.status}: ${text.trim()}`);
}

/** Ends those that are no longer wanted. */
export async function forgetServers(settings: Settings, names: readonly string[]): Promise<void> {
  const state = await ask(settings.stateFolder, { verb: "report" });
  for (const { name } of state?.processes ?? [])
    if (names.includes(name)) await ask(settings.stateFolder, { verb: "forget", name });
}
