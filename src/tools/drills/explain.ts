import { join } from "node:path";
import { readLog } from "../../stack/logs/read-log";
import type { Drill, Site } from "./types";

const mostBytes = 4 * 1024 * 1024;

/** The newest line since the fault that says what is wrong, and where the trace is that it belongs to. */
export function explain({ settings }: Site, { explained: { log, by } }: Drill, since: number): string[] {
  const path = join(settings.stateFolder, "logs", `${log}.log`);
  const line = readLog(path, mostBytes, false)
    .filter(({ timeMs }) => timeMs >= since)
    .findLast(({ message, fields }) => by.test(`${message} ${JSON.stringify(fields)}`));
  if (!line) return [];
  const error = (line.fields["err"] as { message?: string } | undefined)?.message;
  const said = [line.message, error].filter(Boolean).join(": ").slice(0, 300);
  return [
    `log    ${log}.log, ${new Date(line.timeMs).toISOString().slice(11, 23)}: ${said}`,
    ...(line.traceId === undefined
      ? []
      : [`trace  http://127.0.0.1:${settings.ports.otlp}/traces/${line.traceId}`]),
  ];
}
