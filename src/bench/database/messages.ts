/** What the benchmark asks of a client process. */
export type Order = { kind: "run"; queries: number; sampledShare: number };

/** What it answers: `cpuUs` is processor time of the whole process, in microseconds, for all queries of the round. */
export type Report = { kind: "ready" } | { kind: "ran"; cpuUs: number; seconds: number };
