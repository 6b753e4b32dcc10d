import { type Context, context, ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";
import { RandomIdGenerator } from "@opentelemetry/sdk-trace-base";

const ids = new RandomIdGenerator();

function parents(traceFlags: TraceFlags): Context[] {
  return Array.from({ length: 64 }, () =>
    trace.setSpanContext(ROOT_CONTEXT, {
      traceId: ids.generateTraceId(),
      spanId: ids.generateSpanId(),
      traceFlags,
      isRemote: true,
    }),
  );
}

const recorded = parents(TraceFlags.SAMPLED);
const unrecorded = parents(TraceFlags.NONE);
let next = 0;

/** Runs a call where a handler of a service would make it: below a caller's trace, recorded or not. */
export function belowACaller<T>(sampled: boolean, call: () => Promise<T>): Promise<T> {
  next = (next + 1) % 64;
  return context.with((sampled ? recorded : unrecorded)[next] as Context, call);
}
