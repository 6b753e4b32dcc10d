import { defineMetric } from "../telemetry";

export const serviceInfo = defineMetric({
  name: "service_info",
  kind: "gauge",
  help: "1, with the service's name, instance, version and Node version as labels.",
  labels: ["service", "service_instance", "version", "node_version"],
});

export const serviceReady = defineMetric({
  name: "service_ready",
  kind: "gauge",
  help: "1 when the named readiness check passed at its last run.",
  labels: ["check"],
});

export const backgroundRunsTotal = defineMetric({
  name: "background_loop_runs_total",
  kind: "counter",
  help: "Runs of a background loop, by outcome: ok, error.",
  labels: ["loop", "outcome"],
});

export const backgroundLastSuccess = defineMetric({
  name: "background_loop_last_success_timestamp_seconds",
  kind: "gauge",
  unit: "seconds",
  help: "When a background loop last finished without an error.",
  labels: ["loop"],
});

export const processDiskRead = defineMetric({
  name: "process_disk_read_bytes_total",
  kind: "counter",
  unit: "bytes",
  help: "Bytes that the kernel read from disks for this process; Linux only.",
});

export const processDiskWritten = defineMetric({
  name: "process_disk_written_bytes_total",
  kind: "counter",
  unit: "bytes",
  help: "Bytes that this process had the kernel write to disks; Linux only.",
});
