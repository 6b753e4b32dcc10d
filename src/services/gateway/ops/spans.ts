import type { Span, SpanStore } from "./span";
import { type Ask, missing, type Told } from "./source";

export const mostSpans = 5_000;

/** What every store has of an order. One that fails is told only when no other has anything: the local stack may run both. */
export function spansOfOrder(stores: readonly SpanStore[], ask: Ask, orderId: string): Promise<Told<Span[]>> {
  return readSpans(stores, ask, (store, signal) => store.ofOrder(orderId, mostSpans, signal));
}

/** What every store has of a trace. */
export function spansOfTrace(stores: readonly SpanStore[], ask: Ask, traceId: string): Promise<Told<Span[]>> {
  return readSpans(stores, ask, (store, signal) => store.ofTrace(traceId, signal));
}

async function readSpans(
  stores: readonly SpanStore[],
  ask: Ask,
  read: (store: SpanStore, signal: AbortSignal) => Promise<Span[]>,
): Promise<Told<Span[]>> {
  if (stores.length === 0)
    return missing(
      "No store of traces is configured (TRACES_URL, JAEGER_URL). `make run-all` passes on the one that it starts.",
    );
  const told = await Promise.all(stores.map((store) => ask(store.name, (signal) => read(store, signal))));
  const spans = new Map(
    told.flatMap((each) => (each.state === "ok" ? each.data : [])).map((span) => [span.spanId, span]),
  );
  const failure = told.find(({ state }) => state === "failed");
  if (failure && spans.size === 0) return failure;
  return { state: "ok", data: [...spans.values()].sort((a, b) => a.startMs - b.startMs) };
}
