import { quantileSorted } from "simple-statistics";
import type { Times } from "./messages";

export function timesOf(ms: readonly number[]): Times {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (share: number): number => (sorted.length === 0 ? 0 : quantileSorted(sorted, share));
  return { calls: ms.length, p50: at(0.5), p99: at(0.99) };
}
