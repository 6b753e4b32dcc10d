import type { HttpClient } from "../../../platform/http";
import { expressions } from "./expressions";
import { queryPrometheus, type Sample } from "./prometheus";

/** A process that Prometheus scrapes. */
export type Instance = {
  service: string;
  instance: string;
  up: boolean;
  /** Readiness checks that fail; empty for one that is ready, and for one that has none. */
  failing: string[];
  /** ISO 8601; unknown for one that is down. */
  startedAt?: string;
};

/** What is up, the troubled first. */
export async function readInstances(prometheus: HttpClient, signal: AbortSignal): Promise<Instance[]> {
  const [up, failing, startedAt] = await Promise.all([
    queryPrometheus(prometheus, expressions.up, signal),
    queryPrometheus(prometheus, expressions.failingChecks, signal),
    queryPrometheus(prometheus, expressions.startedAt, signal),
  ]);
  const instances = up.map((sample): Instance => {
    const started = startedAt.find((other) => isSame(sample, other))?.value;
    const isUp = sample.value === 1;
    return {
      service: serviceOf(sample),
      instance: sample.labels["instance"] ?? "",
      up: isUp,
      failing: failing.filter((other) => isSame(sample, other)).map(({ labels }) => labels["check"] ?? "?"),
      ...(isUp && started !== undefined ? { startedAt: new Date(started * 1_000).toISOString() } : {}),
    };
  });
  const rank = ({ up: isUp, failing: checks }: Instance): number => (!isUp ? 0 : checks.length > 0 ? 1 : 2);
  return instances.sort(
    (a, b) => rank(a) - rank(b) || a.service.localeCompare(b.service) || a.instance.localeCompare(b.instance),
  );
}

/** Jobs that are no services of ours have no label for it. */
function serviceOf({ labels }: Sample): string {
  return labels["service"] ?? labels["job"] ?? "?";
}

function isSame(a: Sample, b: Sample): boolean {
  return a.labels["instance"] === b.labels["instance"] && a.labels["job"] === b.labels["job"];
}
