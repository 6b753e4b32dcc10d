import { readdir, readFile } from "node:fs/promises";

/** What a process and its descendants use. */
export type Usage = { residentMb: number; cpuSeconds: number };

/** Linux counts CPU time in these for programs, whatever the kernel's own clock (USER_HZ, proc(5)). */
const ticksPerSecond = 100;

/** The use of a process and all that descends from it, as the kernel tells; undefined where there is no /proc or no such process. */
export async function usageOfTree(pid: number): Promise<Usage | undefined> {
  const own = await usageOf(pid);
  if (!own) return undefined;
  const children = await Promise.all((await childrenOf(pid)).map(usageOfTree));
  return children.reduce<Usage>(
    (sum, each) => ({
      residentMb: sum.residentMb + (each?.residentMb ?? 0),
      cpuSeconds: sum.cpuSeconds + (each?.cpuSeconds ?? 0),
    }),
    own,
  );
}

async function usageOf(pid: number): Promise<Usage | undefined> {
  const [stat, status] = await Promise.all([textOf(`/proc/${pid}/stat`), textOf(`/proc/${pid}/status`)]);
  // The name in brackets may hold anything, blanks and brackets included; the numbers are behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 15) return undefined;
  // utime, stime, and both of the children that it has waited for.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const residentKb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  return { residentMb: residentKb / 1_024, cpuSeconds: ticks / ticksPerSecond };
}

async function childrenOf(pid: number): Promise<number[]> {
  // A child hangs under the thread that made it.
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => textOf(`/proc/${pid}/task/${thread}/children`)));
  return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}

function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
