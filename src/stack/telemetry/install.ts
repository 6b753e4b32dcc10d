import { setPriority } from "node:os";
import type { Settings } from "../settings";
import { writePrometheusConfig } from "./configs";
import { reload, servers } from "./servers";
import { readShortfalls, setShortfalls } from "./shortfalls";
import { reasonOf } from "./start";

/** The work of the process `telemetry-tools`: gets the programs that are noted as coming, one after another and behind everybody else, and starts them. */
export async function installTelemetry(settings: Settings): Promise<void> {
  setPriority(19);
  process.once("SIGTERM", () => process.exit(143));
  const note = (level: "info" | "warn", msg: string): void =>
    console.log(JSON.stringify({ level, time: new Date().toISOString(), service: "telemetry-tools", msg }));
  for (const { name, find, ensure, start } of servers(settings)) {
    if (readShortfalls(settings.stateFolder)[name]?.state !== "coming") continue;
    try {
      note("info", `getting ${name}`);
      await start(find() ?? (await ensure((line) => note("info", `${name}: ${line}`))));
      setShortfalls(settings.stateFolder, { [name]: undefined });
      note("info", `${name} is up`);
      if (name === "jaeger") {
        await writePrometheusConfig(settings, { jaeger: true });
        await reload(settings.ports.prometheus);
      }
    } catch (error) {
      const why = reasonOf(error);
      setShortfalls(settings.stateFolder, { [name]: { state: "missing", why } });
      note("warn", `${name} is missing: ${why}`);
    }
  }
}
