import type { LoadReport } from "./run-load";

/** What is kept of a run to hold later ones against: ratios only, for another machine has other times. */
export type CommittedLoad = { capacity_to_echo: number; methods: Record<string, number> };

export function committedOf({ capacity_to_echo, methods }: LoadReport): CommittedLoad {
  const ratios = Object.entries(methods).map(([name, { ratio }]) => [name, round(ratio)]);
  return {
    capacity_to_echo: round(capacity_to_echo, 1_000),
    methods: Object.fromEntries(ratios) as Record<string, number>,
  };
}

/**
 * What is slower than it was: a method whose whole interval lies above `tolerance` times the committed ratio, or a capacity below its share of the committed one. A method that
 * is not committed is told too. One line each.
 */
export function regressions(report: LoadReport, committed: CommittedLoad, tolerance: number): string[] {
  const found: string[] = [];
  if (report.capacity_to_echo < committed.capacity_to_echo / tolerance)
    found.push(
      `capacity is ${round(report.capacity_to_echo, 1_000)} of the echo's, it was ${committed.capacity_to_echo}`,
    );
  for (const [name, { ratio, low }] of Object.entries(report.methods)) {
    const before = committed.methods[name];
    if (before === undefined) found.push(`${name} is not among the committed results: make load SAVE=1`);
    else if (low > before * tolerance)
      found.push(`${name} takes ${round(ratio)} times the echo (at least ${round(low)}), it was ${before}`);
  }
  return found;
}

export function round(value: number, to = 100): number {
  return Math.round(value * to) / to;
}
