import { probe } from "./launch";
import { pssOf, treeOf } from "./proc";
import type { SupervisorState } from "./supervisor/client";
import type { ProcessReport } from "./supervisor/protocol";

export type StatusRow = {
  name: string;
  pid?: number;
  state: string;
  ready: boolean;
  uptimeMs?: number;
  restarts: number;
  pssBytes: number;
  ports: number[];
  lastEnd?: string;
  log: string;
};
export type Status = { processes: StatusRow[]; pssBytes: number };

/** What runs, and its memory as the proportional set size of each process and its children. */
export async function readStatus(state: SupervisorState): Promise<Status> {
  const rows = await Promise.all(state.processes.map(readRow));
  const supervisor: StatusRow = {
    name: "supervisor",
    pid: state.pid,
    state: "running",
    ready: true,
    restarts: 0,
    pssBytes: pssOf([state.pid]),
    ports: [],
    log: "",
  };
  const processes = [...rows, supervisor];
  return { processes, pssBytes: processes.reduce((sum, row) => sum + row.pssBytes, 0) };
}

async function readRow(report: ProcessReport): Promise<StatusRow> {
  const { name, pid, state, since, restarts, lastEnd, log, spec } = report;
  const ready =
    state === "running" &&
    (await probe(spec, 2_500).then(
      () => true,
      () => false,
    ));
  return {
    name,
    pid,
    state,
    ready,
    ...(pid === undefined ? {} : { uptimeMs: Date.now() - since }),
    restarts,
    pssBytes: pid === undefined ? 0 : pssOf(treeOf(pid)),
    ports: spec.ports,
    lastEnd,
    log,
  };
}

export function formatStatus(status: Status): string {
  const header = ["PROCESS", "PID", "STATE", "READY", "UPTIME", "RESTARTS", "MEMORY", "PORTS"];
  const rows = status.processes.map((row) => [
    row.name,
    String(row.pid ?? "-"),
    row.pid === undefined && row.lastEnd ? `${row.state} (${row.lastEnd})` : row.state,
    row.ready ? "yes" : "no",
    row.uptimeMs === undefined ? "-" : uptime(row.uptimeMs),
    String(row.restarts),
    row.pid === undefined ? "-" : megabytes(row.pssBytes),
    row.ports.join(" "),
  ]);
  const total = `Memory of all together (sum of PSS): ${megabytes(status.pssBytes)}`;
  return `${formatTable([header, ...rows])}\n\n${total}`;
}

export function formatTable(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

function uptime(ms: number): string {
  const total = Math.floor(ms / 1_000);
  const [hours, minutes] = [Math.floor(total / 3_600), Math.floor(total / 60) % 60];
  return hours > 0
    ? `${hours} h ${minutes} min`
    : minutes > 0
      ? `${minutes} min ${total % 60} s`
      : `${total} s`;
}
