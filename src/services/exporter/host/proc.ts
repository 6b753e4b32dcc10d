/** What Linux counts processor time in, per second; the same on every machine it runs on (USER_HZ). */
export const ticksPerSecond = 100;
/** What /proc/diskstats counts in, whatever the disk's own sectors are. */
const sectorBytes = 512;

const modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;

/** The processors of /proc/stat. */
export function processorsIn(stat: string): { cpu: string; mode: string; seconds: number }[] {
  return [...stat.matchAll(/^cpu(\d+) (.+)$/gm)].flatMap(([, cpu = "", numbers = ""]) => {
    const ticks = numbers.trim().split(/\s+/).map(Number);
    return modes.map((mode, n) => ({ cpu, mode, seconds: (ticks[n] ?? 0) / ticksPerSecond }));
  });
}

/** The machine's memory by /proc/meminfo, in bytes. */
export function memoryIn(meminfo: string): { total: number; available: number } {
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(meminfo)?.[1] ?? 0);
  return { total: kilobytes("MemTotal") * 1_024, available: kilobytes("MemAvailable") * 1_024 };
}

export type Disk = { device: string; readBytes: number; writtenBytes: number; busySeconds: number };

/** Partitions, and what is no disk; as node_exporter leaves them out. */
const noDisk = /^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$/;

/** The disks of /proc/diskstats. Source of the columns: the kernel's Documentation/admin-guide/iostats.rst */
export function disksIn(diskstats: string): Disk[] {
  return diskstats
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , device]) => device !== undefined && !noDisk.test(device))
    .map(([, , device = "", ...numbers]) => ({
      device,
      readBytes: Number(numbers[2]) * sectorBytes,
      writtenBytes: Number(numbers[6]) * sectorBytes,
      busySeconds: Number(numbers[9]) / 1_000,
    }));
}

/** The mount that a path is on: the longest mount point that it begins with, and of several there the last. */
export function mountOf(
  mountinfo: string,
  path: string,
): { device: string; fstype: string; mountpoint: string } {
  let found = { device: "", fstype: "", mountpoint: "" };
  for (const line of mountinfo.trim().split("\n")) {
    const [left = "", right = ""] = line.split(" - ");
    const mountpoint = left.split(" ")[4] ?? "";
    const [fstype = "", device = ""] = right.split(" ");
    const holds =
      path === mountpoint || path.startsWith(mountpoint.endsWith("/") ? mountpoint : `${mountpoint}/`);
    if (holds && mountpoint.length >= found.mountpoint.length) found = { device, fstype, mountpoint };
  }
  return found;
}

/** One process by /proc/<pid>/stat: its parent, when it was started (in ticks since the machine was), and its processor time in seconds. */
export function processIn(stat: string): { parent: number; started: string; user: number; system: number } {
  // The name is in parentheses and may hold some itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const seconds = (at: number): number => Number(fields[at] ?? 0) / ticksPerSecond;
  return {
    parent: Number(fields[1] ?? 0),
    started: fields[19] ?? "",
    user: seconds(11),
    system: seconds(12),
  };
}
