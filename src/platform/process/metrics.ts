import { defineMetric } from "../telemetry";

export const childStartedTotal = defineMetric({
  name: "child_process_started_total",
  kind: "counter",
  help: "Child processes started, those that could not be started included.",
  labels: ["program"],
  maxSeries: 100,
});

export const childHandledTotal = defineMetric({
  name: "child_process_handled_total",
  kind: "counter",
  help: "Child processes that have ended, by outcome: ok, failed (its exit code), killed (by a signal from outside), not_started, stalled, too_slow, too_much_memory, too_much_output, cancelled.",
  labels: ["program", "outcome"],
  maxSeries: 1_000,
});

export const childDuration = defineMetric({
  name: "child_process_duration_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time from a child process's start to its end.",
  labels: ["program", "outcome"],
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600],
  maxSeries: 1_000,
});

export const childInFlight = defineMetric({
  name: "child_process_in_flight",
  kind: "gauge",
  help: "Child processes that run now.",
  labels: ["program"],
  maxSeries: 100,
});

export const childCpuSecondsTotal = defineMetric({
  name: "child_process_cpu_seconds_total",
  kind: "counter",
  unit: "seconds",
  help: "CPU time of ended child processes and of what they started, as far as it is known: told by the child itself, else as last seen in /proc.",
  labels: ["program"],
  maxSeries: 100,
});
