import { categories } from "../errors";
import type { ServiceHost } from "../lifecycle";
import type { CounterSlot, OperationObservers } from "../telemetry";
import {
  childCpuSecondsTotal,
  childDuration,
  childHandledTotal,
  childInFlight,
  childStartedTotal,
} from "./metrics";
import { processCodes, type ProcessEnd } from "./types";

export type ProgramObservers = OperationObservers<ProcessEnd> & { started: CounterSlot };

/** Makes the observers of a program at its first use, with a series of every outcome. */
export function createObservers({ metrics, log }: ServiceHost): (program: string) => ProgramObservers {
  const known = new Map<string, ProgramObservers>();
  const handled = metrics.counter(childHandledTotal);
  const duration = metrics.histogram(childDuration);

  return (program) => {
    const found = known.get(program);
    if (found) return found;
    for (const outcome of processCodes) handled.child({ program, outcome });
    const cpu = metrics.counter(childCpuSecondsTotal).child({ program });
    const made: ProgramObservers = {
      started: metrics.counter(childStartedTotal).child({ program }),
      inFlight: metrics.gauge(childInFlight).child({ program }),
      count({ code, seconds, cpuSeconds = 0 }, traceId) {
        handled.inc({ program, outcome: code }, 1, { traceId });
        duration.observe({ program, outcome: code }, seconds, { traceId });
        cpu.inc(cpuSeconds);
      },
      write({ code, error, seconds, ...end }) {
        const level = error ? categories[error.category].logLevel : "info";
        const line = {
          program,
          outcome: code,
          ms: Math.round(seconds * 1e6) / 1e3,
          exit_code: end.exitCode,
          signal: end.signal,
          cpu_seconds: end.cpuSeconds,
          resident_mb: end.residentMb && Math.round(end.residentMb),
          ...(error && { err: error, stderr: end.stderr }),
        };
        log[level](line, `program ${program} ended: ${code}`);
      },
    };
    known.set(program, made);
    return made;
  };
}
