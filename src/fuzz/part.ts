import type { Finding } from "./finding";

/** How long and by what chance a part is fuzzed. */
export type Budget = {
  seed: number;
  /** How many cases; of models, of each format. Without it, until `until`. */
  cases: number | undefined;
  /** Milliseconds since 1970. */
  until: number;
  /** Where the bytes of findings go. */
  keepIn: string;
  say(line: string): void;
};

/** What came of a part. `told` counts how cases ended. */
export type PartReport = {
  cases: number;
  told: Record<string, number>;
  findings: Finding[];
  /** Megabytes at their highest, of the processes that were fuzzed. */
  peak_mb?: number;
  cpu_s?: number;
};

export function emptyReport(): PartReport {
  return { cases: 0, told: {}, findings: [] };
}

export function count(told: Record<string, number>, key: string, by = 1): void {
  told[key] = (told[key] ?? 0) + by;
}
