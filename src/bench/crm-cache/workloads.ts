/** What callers ask for: the share of lists, and whether orders change meanwhile. */
export const workloads = {
  list: { lists: 1, changes: false },
  get: { lists: 0, changes: false },
  mixed: { lists: 0.6, changes: true },
} as const;

export type WorkloadName = keyof typeof workloads;

export const workloadNames = Object.keys(workloads) as WorkloadName[];
