import type { Order, Report } from "./messages";
import { workloads } from "./workload";

/** Makes calls, always as many at a time as the workload says, and tells what they cost this process. Rejects with the first call's error. */
export async function runLoad(
  call: (sampled: boolean) => Promise<void>,
  { workload, calls, sampledShare }: Pick<Order & { kind: "run" }, "workload" | "calls" | "sampledShare">,
): Promise<Report & { kind: "ran" }> {
  global.gc?.();
  const latencies: number[] = [];
  let left = calls;
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const sentAt = performance.now();
      await call(left % 100 < sampledShare * 100);
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: workloads[workload].concurrency }, worker));
  const { user, system } = process.cpuUsage(before);
  latencies.sort((a, b) => a - b);
  return {
    kind: "ran",
    cpuUs: user + system,
    seconds: (performance.now() - startedAt) / 1_000,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}
