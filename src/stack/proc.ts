import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** A process that cannot be confused with a later one of the same id. `startTime` is in clock ticks since boot. */
export type ProcessIdentity = { pid: number; startTime: number };

type Stat = { pid: number; state: string; parent: number; group: number; startTime: number };

/** `/proc/<pid>/stat`, or nothing when there is no such process. Source: proc_pid_stat(5). */
function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The command name, in brackets, may itself hold spaces and brackets.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    pid,
    state: fields[0] ?? "",
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTime: Number(fields[19]),
  };
}

export function startTimeOf(pid: number): number | undefined {
  return readStat(pid)?.startTime;
}

/** True while exactly this process runs; a zombie does not run. */
export function isAlive(identity: ProcessIdentity): boolean {
  const stat = readStat(identity.pid);
  return (
    stat !== undefined && stat.startTime === identity.startTime && stat.state !== "Z" && stat.state !== "X"
  );
}

/** True while the process is stopped by SIGSTOP. */
export function isFrozen(pid: number): boolean {
  return readStat(pid)?.state === "T";
}

/** The process, its descendants and its process group: what a container runtime would take with it. */
export function treeOf(pid: number): number[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== undefined && stat.state !== "Z") as Stat[];
  const members = new Set(
    all.filter((stat) => stat.pid === pid || stat.group === pid).map((stat) => stat.pid),
  );
  for (let grown = true; grown;) {
    grown = false;
    for (const stat of all) {
      if (!members.has(stat.pid) && members.has(stat.parent)) grown = Boolean(members.add(stat.pid));
    }
  }
  return [...members];
}

/** Proportional set size in bytes of the given processes together; what cannot be read counts as 0. */
export function pssOf(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
      return sum + Number(match?.[1] ?? 0) * 1024;
    } catch {
      return sum;
    }
  }, 0);
}

/** Who listens on a TCP port of this machine, as far as it may be known: only root sees other users' processes. */
export function listenerOf(port: number): { pid: number; name: string } | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const sockets = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readLines(table)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${hex}`) && fields[3] === "0A") sockets.add(`socket:[${fields[9]}]`);
    }
  }
  if (sockets.size === 0) return undefined;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || !holdsAny(name, sockets)) continue;
    return { pid: Number(name), name: readLines(`/proc/${name}/comm`)[0] ?? "?" };
  }
  return undefined;
}

function holdsAny(pid: string, sockets: Set<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return [];
  }
}
