import type { Workload } from "./workload";

/** What the benchmark tells its processes. */
export type Order =
  // Collects garbage, then says its CPU time; the other says it as it is.
  | { kind: "cpu" }
  | { kind: "cpu-now" }
  | { kind: "run"; port: number; workload: Workload; calls: number; sampledShare: number };

/** What they answer; CPU time is the process's own since its start, in microseconds, all threads. */
export type Report =
  | { kind: "ready"; port: number }
  | { kind: "cpu"; cpuUs: number }
  | { kind: "ran"; cpuUs: number; seconds: number; p99Ms: number };
