import { existsSync, readFileSync } from "node:fs";
import { statusBytes } from "./child-status";

const ticksPerSecond = 100;

/** Where a process is: its case and how many bytes that has; undefined before the first. */
export function statusOf(file: string): { n: number; bytes: number } | undefined {
  if (!existsSync(file)) return undefined;
  const status = readFileSync(file);
  if (status.length < statusBytes) return undefined;
  return { n: status.readDoubleLE(0), bytes: status.readDoubleLE(8) };
}

/** Seconds of CPU that a process has used, and its memory in megabytes; undefined when it is gone. Source: proc_pid_stat(5), proc_pid_status(5). */
export function usageOf(pid: number): { cpuSeconds: number; residentMb: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      residentMb: Number(peak ?? 0) / 1024,
    };
  } catch {
    return undefined;
  }
}
