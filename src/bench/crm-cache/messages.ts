import type { WorkloadName } from "./workloads";

/** What the benchmark asks of a service's process. */
export type ServiceOrder = { kind: "usage" };

/** What it answers: processor time of the whole process since its start, in microseconds, and its cache's reads by result. */
export type ServiceReport =
  { kind: "ready"; port: number } | { kind: "usage"; cpuUs: number; reads: Record<string, number> };

/** What the benchmark asks of the load's process. */
export type LoadOrder = {
  kind: "run";
  port: number;
  workload: WorkloadName;
  calls: number;
  /** Calls under way at the same time: each caller sends its next one when it has its answer. */
  atATime: number;
  updatesPerSecond: number;
};

/** Latencies in milliseconds, as the callers saw them. */
export type Times = { calls: number; p50: number; p99: number };

export type Ran = {
  seconds: number;
  list: Times;
  get: Times;
  /** Versions that were written and committed meanwhile. */
  updates: number;
  /** Answers without a version that had been committed before the call was sent. */
  stale: number;
  /** By how much at most, in milliseconds: from that commit to the call. */
  staleAtCallMs: number;
  /** From the commit of a version to the last answer without it, in milliseconds; a call under way during the commit counts too. */
  ageAtAnswerMs: number;
};

export type LoadReport = { kind: "ready" } | ({ kind: "ran" } & Ran);
