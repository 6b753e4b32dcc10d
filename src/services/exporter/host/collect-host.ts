import { readFile, statfs } from "node:fs/promises";
import { resolve } from "node:path";
import type { Metrics } from "../../../platform/telemetry";
import type { Collector } from "../collectors";
import { createTable } from "../table";
import { nodeMetrics } from "./metrics";
import { disksIn, memoryIn, mountOf, processorsIn } from "./proc";

/** What node_exporter tells of a Linux machine, as far as the system's rules and dashboards ask for it. */
export function hostCollector(metrics: Metrics, dataFolder: string): Collector {
  const cpu = createTable(metrics.counter(nodeMetrics.cpu));
  const read = createTable(metrics.counter(nodeMetrics.diskRead));
  const written = createTable(metrics.counter(nodeMetrics.diskWritten));
  const busy = createTable(metrics.counter(nodeMetrics.diskBusy));
  const size = createTable(metrics.gauge(nodeMetrics.filesystemSize));
  const available = createTable(metrics.gauge(nodeMetrics.filesystemAvailable));
  const proc = (name: string): Promise<string> => readFile(`/proc/${name}`, "utf8");

  return {
    name: "host",
    async look() {
      cpu.replace(processorsIn(await proc("stat")).map(({ cpu, mode, seconds }) => [{ cpu, mode }, seconds]));
      const memory = memoryIn(await proc("meminfo"));
      metrics.gauge(nodeMetrics.memTotal).set({}, memory.total);
      metrics.gauge(nodeMetrics.memAvailable).set({}, memory.available);
      metrics.gauge(nodeMetrics.load1).set({}, Number.parseFloat(await proc("loadavg")));

      const disks = disksIn(await proc("diskstats"));
      read.replace(disks.map(({ device, readBytes }) => [{ device }, readBytes]));
      written.replace(disks.map(({ device, writtenBytes }) => [{ device }, writtenBytes]));
      busy.replace(disks.map(({ device, busySeconds }) => [{ device }, busySeconds]));

      const mount = mountOf(await proc("self/mountinfo"), resolve(dataFolder));
      const { bsize, blocks, bavail } = await statfs(dataFolder);
      size.replace([[mount, blocks * bsize]]);
      available.replace([[mount, bavail * bsize]]);
    },
  };
}
