import { z } from "zod";
import { AppError } from "../../../platform/errors";
import type { HttpClient } from "../../../platform/http";
import { attributes, type Span, type SpanStore } from "./span";

const answer = z.object({
  spans: z.array(
    z.object({
      traceId: z.string(),
      spanId: z.string(),
      parentSpanId: z.string().optional(),
      service: z.string(),
      name: z.string(),
      kind: z.string(),
      startMs: z.number(),
      durationMs: z.number(),
      status: z.string(),
      statusMessage: z.string().optional(),
      attributes,
    }),
  ),
});

/** The stack's own store of traces (docs/stack.md), as it answers. */
export function createTraceStore(client: HttpClient): SpanStore {
  const read = async (path: string, route: string, signal: AbortSignal): Promise<Span[]> => {
    const { spans } = await client.request({ method: "GET", path, route, schema: answer, signal });
    return spans.map(({ status, ...span }) => ({ ...span, failed: status === "ERROR" }));
  };
  return {
    name: "The trace store",
    ofOrder: (orderId, limit, signal) =>
      read(`/spans?attr=order.id=${orderId}&limit=${limit}`, "/spans", signal),
    async ofTrace(traceId, signal) {
      try {
        return await read(`/traces/${traceId}`, "/traces/{id}", signal);
      } catch (error) {
        if (error instanceof AppError && error.category === "not_found") return [];
        throw error;
      }
    },
  };
}
