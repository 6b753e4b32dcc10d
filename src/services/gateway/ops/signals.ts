import type { HttpClient } from "../../../platform/http";
import { expressions } from "./expressions";
import { queryPrometheus } from "./prometheus";

const shown = [
  "callsPerSecond",
  "errorRatio",
  "p99Seconds",
  "cpuShare",
  "eventLoopDelaySeconds",
  "poolShare",
  "memoryBytes",
] as const;

/** The golden signals of a service over the last minute; what it does not have, or nobody asked of it, is left out. Shares are 0 to 1. */
export type Signals = { service: string } & { [K in (typeof shown)[number]]?: number };

export async function readSignals(prometheus: HttpClient, signal: AbortSignal): Promise<Signals[]> {
  const answers = await Promise.all(
    shown.map(async (name) => ({
      name,
      samples: await queryPrometheus(prometheus, expressions[name], signal),
    })),
  );
  const byService = new Map<string, Signals>();
  for (const { name, samples } of answers) {
    for (const { labels, value } of samples) {
      const { service } = labels;
      // A ratio or a quantile of nothing is NaN.
      if (service === undefined || !Number.isFinite(value)) continue;
      const signals = byService.get(service) ?? { service };
      signals[name] = value;
      byService.set(service, signals);
    }
  }
  return [...byService.values()].sort((a, b) => a.service.localeCompare(b.service));
}
