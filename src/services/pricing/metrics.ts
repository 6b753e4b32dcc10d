import { defineMetric } from "../../platform/telemetry";

export const pricingJobsTotal = defineMetric({
  name: "pricing_worker_jobs_total",
  kind: "counter",
  help: "Jobs this worker has ended, by outcome: done, or the reason of the failure.",
  labels: ["outcome"],
});

export const pricingCalculationSeconds = defineMetric({
  name: "pricing_calculation_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time from a job's lease to the end of its calculation.",
  labels: ["format"],
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 1_800],
});

export const pricingCpuSecondsTotal = defineMetric({
  name: "pricing_cpu_seconds_total",
  kind: "counter",
  unit: "seconds",
  help: "CPU time of ended calculations.",
});

export const pricingSlotsBusy = defineMetric({
  name: "pricing_slots_busy",
  kind: "gauge",
  help: "Calculations running now.",
});

export const pricingSessionsTotal = defineMetric({
  name: "pricing_sessions_total",
  kind: "counter",
  help: "Streams to MES that this worker has opened.",
});
