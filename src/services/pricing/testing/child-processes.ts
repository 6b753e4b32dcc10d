import { readFileSync } from "node:fs";

/** Pids of the calculations that a process runs, as the kernel knows them; its other children, as the servers of a test run, are left out. */
export function childProcesses(pid: number = process.pid): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.split(" ").filter(Boolean).map(Number).filter(calculates);
}

function calculates(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("calculation/child.js");
  } catch {
    return false;
  }
}

/** The first calculation that a process starts; looks every few milliseconds. */
export async function nextChild(pid: number = process.pid): Promise<number> {
  for (const giveUpAt = Date.now() + 20_000; ;) {
    const [child] = childProcesses(pid);
    if (child !== undefined) return child;
    if (Date.now() > giveUpAt) throw new Error(`Process ${pid} started no calculation.`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

/** Waits until this process has no calculations; throws when one stays. On a busy machine a killed one takes its time to go. */
export async function childrenGone(): Promise<void> {
  for (const giveUpAt = Date.now() + 10_000; childProcesses().length > 0;) {
    if (Date.now() > giveUpAt) throw new Error(`Calculations stayed: ${childProcesses().join(", ")}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until a process runs no more; throws when it stays. A zombie has ended: whoever inherited it may be slow to collect it, or never does, as in a container without an init. */
export async function processEnded(pid: number): Promise<void> {
  for (const giveUpAt = Date.now() + 10_000; isRunning(pid);) {
    if (Date.now() > giveUpAt) throw new Error(`Process ${pid} still runs.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isRunning(pid: number): boolean {
  try {
    return /^State:\s+[^ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
