import type { TraceSource, TraceSpan } from "./span";

/** The trace store of `src/stack/otlp`, at its OTLP address: `http://127.0.0.1:4318`. */
export function traceStore(url: string): TraceSource {
  const find: TraceSource["find"] = async (traceId) => {
    const response = await fetch(`${url}/traces/${traceId}`);
    if (response.status === 404) return undefined;
    const { spans } = await read<{ spans: TraceSpan[] }>(response);
    return { traceId, spans };
  };
  return {
    find,
    async ofOrder(orderId) {
      const { traces } = await read<{ traces: { traceId: string }[] }>(
        await fetch(`${url}/traces?attr=order.id=${orderId}&limit=1000`),
      );
      const found = [];
      // One after another: each is a walk through the store's files.
      for (const { traceId } of traces) found.push(await find(traceId));
      return found.filter((trace) => trace !== undefined);
    },
  };
}

async function read<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
