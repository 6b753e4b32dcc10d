import { defineMetric } from "../../../platform/telemetry";

const byDevice = ["device"] as const;
const byMount = ["device", "fstype", "mountpoint"] as const;

export const nodeMetrics = {
  cpu: defineMetric({
    name: "node_cpu_seconds_total",
    kind: "counter",
    unit: "seconds",
    help: "Time that a processor of the machine spent, by mode: user, system, idle, iowait ...",
    labels: ["cpu", "mode"],
  }),
  memTotal: defineMetric({
    name: "node_memory_MemTotal_bytes",
    kind: "gauge",
    unit: "bytes",
    help: "Memory of the machine.",
  }),
  memAvailable: defineMetric({
    name: "node_memory_MemAvailable_bytes",
    kind: "gauge",
    unit: "bytes",
    help: "Memory of the machine that can still be had without swapping.",
  }),
  diskRead: defineMetric({
    name: "node_disk_read_bytes_total",
    kind: "counter",
    unit: "bytes",
    help: "Bytes read from a disk.",
    labels: byDevice,
    maxSeries: 100,
  }),
  diskWritten: defineMetric({
    name: "node_disk_written_bytes_total",
    kind: "counter",
    unit: "bytes",
    help: "Bytes written to a disk.",
    labels: byDevice,
    maxSeries: 100,
  }),
  diskBusy: defineMetric({
    name: "node_disk_io_time_seconds_total",
    kind: "counter",
    unit: "seconds",
    help: "Time that a disk was busy.",
    labels: byDevice,
    maxSeries: 100,
  }),
  filesystemSize: defineMetric({
    name: "node_filesystem_size_bytes",
    kind: "gauge",
    unit: "bytes",
    help: "Size of the file system that holds the system's data.",
    labels: byMount,
    maxSeries: 20,
  }),
  filesystemAvailable: defineMetric({
    name: "node_filesystem_avail_bytes",
    kind: "gauge",
    unit: "bytes",
    help: "Bytes that may still be written to the file system that holds the system's data.",
    labels: byMount,
    maxSeries: 20,
  }),
  load1: defineMetric({
    name: "node_load1",
    kind: "gauge",
    help: "Processes that run or wait to run, on average over a minute.",
  }),
};

const byProcess = ["groupname"] as const;

/** Named as process-exporter does: the servers that tell nothing of their own processes. */
export const processGroupMetrics = {
  processes: defineMetric({
    name: "namedprocess_namegroup_num_procs",
    kind: "gauge",
    help: "Processes of a server: postgres, kafka, s3 ...",
    labels: byProcess,
    maxSeries: 20,
  }),
  memory: defineMetric({
    name: "namedprocess_namegroup_memory_bytes",
    kind: "gauge",
    unit: "bytes",
    help: "Memory of a server's processes: resident, or proportionalResident, in which what several share counts once.",
    labels: ["groupname", "memtype"],
    maxSeries: 40,
  }),
  cpu: defineMetric({
    name: "namedprocess_namegroup_cpu_seconds_total",
    kind: "counter",
    unit: "seconds",
    help: "CPU time of a server's processes, by mode: user, system.",
    labels: ["groupname", "mode"],
    maxSeries: 40,
  }),
  read: defineMetric({
    name: "namedprocess_namegroup_read_bytes_total",
    kind: "counter",
    unit: "bytes",
    help: "Bytes that a server's processes read from disk.",
    labels: byProcess,
    maxSeries: 20,
  }),
  written: defineMetric({
    name: "namedprocess_namegroup_write_bytes_total",
    kind: "counter",
    unit: "bytes",
    help: "Bytes that a server's processes wrote to disk.",
    labels: byProcess,
    maxSeries: 20,
  }),
};
