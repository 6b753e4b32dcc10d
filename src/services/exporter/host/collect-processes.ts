import { readdir, readFile } from "node:fs/promises";
import type { Metrics } from "../../../platform/telemetry";
import type { Collector } from "../collectors";
import { processGroupMetrics as specs } from "./metrics";
import { processIn } from "./proc";

export type ProcessGroup = { name: string; text: string };

type Totals = { user: number; system: number; read: number; written: number };
type Process = {
  pid: string;
  parent: string;
  key: string;
  cpu: { user: number; system: number };
  group?: string | undefined;
};

const kb = 1_024;

/**
 * What process-exporter tells of the servers that run on this machine: those whose command line holds a text, and what they have started. Totals only rise:
 * what a process that has ended had used stays in them.
 */
export function processesCollector(metrics: Metrics, groups: readonly ProcessGroup[]): Collector {
  /** By pid and start, so that a pid that is used again is another process. */
  let known = new Map<string, { group: string | undefined; totals: Totals }>();
  const slots = groups.map(({ name: groupname }) => ({
    groupname,
    count: metrics.gauge(specs.processes).child({ groupname }),
    resident: metrics.gauge(specs.memory).child({ groupname, memtype: "resident" }),
    proportional: metrics.gauge(specs.memory).child({ groupname, memtype: "proportionalResident" }),
    user: metrics.counter(specs.cpu).child({ groupname, mode: "user" }),
    system: metrics.counter(specs.cpu).child({ groupname, mode: "system" }),
    read: metrics.counter(specs.read).child({ groupname }),
    written: metrics.counter(specs.written).child({ groupname }),
  }));

  async function readProcess(pid: string): Promise<Process | undefined> {
    const stat = await file(`${pid}/stat`);
    if (stat === "") return undefined;
    const { parent, started, ...cpu } = processIn(stat);
    const key = `${pid}/${started}`;
    const group = known.has(key) ? known.get(key)?.group : groupOf(await file(`${pid}/cmdline`), groups);
    return { pid, parent: String(parent), key, cpu, group };
  }

  return {
    name: "processes",
    everyMs: 15_000,
    async look() {
      if (groups.length === 0) return;
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      const running = (await Promise.all(pids.map(readProcess))).filter((each) => each !== undefined);
      inherit(running);
      const next: typeof known = new Map();
      for (const slot of slots) {
        const members = running.filter(({ group }) => group === slot.groupname);
        let resident = 0;
        let proportional = 0;
        for (const { pid, key, cpu } of members) {
          const memory = await file(`${pid}/smaps_rollup`);
          resident += number(memory, "Rss") * kb;
          proportional += number(memory, "Pss") * kb;
          const io = await file(`${pid}/io`);
          const totals = { ...cpu, read: number(io, "read_bytes"), written: number(io, "write_bytes") };
          const before = known.get(key)?.totals;
          for (const each of ["user", "system", "read", "written"] as const)
            slot[each].inc(totals[each] - (before?.[each] ?? 0));
          next.set(key, { group: slot.groupname, totals });
        }
        slot.count.set(members.length);
        slot.resident.set(resident);
        slot.proportional.set(proportional);
      }
      for (const { key, group } of running) if (group === undefined) next.set(key, { group, totals: none });
      known = next;
    },
  };
}

const none: Totals = { user: 0, system: 0, read: 0, written: 0 };

function groupOf(commandLine: string, groups: readonly ProcessGroup[]): string | undefined {
  const words = commandLine.split("\0");
  // Not by a variable or a setting that only names the folder: whatever begins a word.
  return groups.find(({ text }) => words.some((word) => word.startsWith(text)))?.name;
}

/** A process that no group knows by its command line belongs to its parent's. */
function inherit(running: readonly Process[]): void {
  const byPid = new Map(running.map((each) => [each.pid, each]));
  const groupAt = (each: Process, depth: number): string | undefined => {
    if (each.group !== undefined || depth > 20) return each.group;
    const parent = byPid.get(each.parent);
    return parent && groupAt(parent, depth + 1);
  };
  for (const each of running) each.group = groupAt(each, 0);
}

/** A process may end while it is looked at, and some are not ours to look into. */
function file(name: string): Promise<string> {
  return readFile(`/proc/${name}`, "utf8").catch(() => "");
}

function number(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
}
