import type { BenchFile } from "./files";

export type Spread = { min: number; median: number; max: number };

export type Row = { file: string; tool: string; bytes: number; cpuSeconds: Spread; peakMiB: Spread };

export type MemoryRow = {
  file: string;
  bytes: number;
  aboveIdleMiB: number;
  boundMiB: number;
  within: boolean;
};

const MIB = 1024 * 1024;
/** The promise: four times the file and 64 MiB above an idle child. */
const TIMES = 4;
const SLACK_MIB = 64;

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

export function memoryRow(file: BenchFile, peakMiB: number, idleMiB: number): MemoryRow {
  const aboveIdleMiB = peakMiB - idleMiB;
  const boundMiB = (TIMES * file.bytes) / MIB + SLACK_MIB;
  return { file: file.label, bytes: file.bytes, aboveIdleMiB, boundMiB, within: aboveIdleMiB <= boundMiB };
}

export function resultTable(rows: readonly Row[]): string {
  const body = rows.map(({ file, bytes, tool, cpuSeconds: cpu, peakMiB: peak }) => [
    file,
    `${(bytes / 1e6).toFixed(1)} MB`,
    tool,
    ...[cpu.min, cpu.median, cpu.max].map((seconds) => seconds.toFixed(2)),
    ...[peak.min, peak.median, peak.max].map((mib) => mib.toFixed(0)),
  ]);
  return table(["file", "size", "tool", "CPU s min", "median", "max", "peak MiB min", "median", "max"], body);
}

export function memoryTable(rows: readonly MemoryRow[]): string {
  const body = rows.map(({ file, bytes, aboveIdleMiB, boundMiB, within }) => [
    file,
    `${(bytes / 1e6).toFixed(1)} MB`,
    `${aboveIdleMiB.toFixed(0)} MiB`,
    `${boundMiB.toFixed(0)} MiB`,
    within ? "yes" : "NO",
  ]);
  return table(["file", "size", "peak above idle", "4x + 64 MiB", "within"], body);
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...body.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, n) => cell.padEnd(widths[n]!))
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
