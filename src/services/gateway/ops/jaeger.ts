import { z } from "zod";
import { AppError } from "../../../platform/errors";
import type { HttpClient } from "../../../platform/http";
import type { Span, SpanStore } from "./span";

const tags = z.array(z.object({ key: z.string(), value: z.unknown() }));
const span = z.object({
  traceID: z.string(),
  spanID: z.string(),
  operationName: z.string(),
  references: z.array(z.object({ refType: z.string(), spanID: z.string(), traceID: z.string() })).nullish(),
  /** Microseconds. */
  startTime: z.number(),
  duration: z.number(),
  tags: tags.nullish(),
  processID: z.string(),
});
const traces = z.object({
  data: z
    .array(
      z.object({
        spans: z.array(span),
        processes: z.record(z.string(), z.object({ serviceName: z.string() })),
      }),
    )
    .nullable(),
});
const services = z.object({ data: z.array(z.string()).nullable() });
type Trace = NonNullable<z.infer<typeof traces>["data"]>[number];

const lookbackMs = 7 * 24 * 3_600_000;
const mostTraces = 50;

/** Jaeger by the API that its own pages use. It finds traces by service only, so each is asked about; a trace that several have part in comes once. */
export function createJaeger(client: HttpClient): SpanStore {
  const get = async <T>(path: string, route: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> =>
    client.request({ method: "GET", path, route, schema, signal });
  const find = async (service: string, orderId: string, signal: AbortSignal): Promise<Trace[]> => {
    const query = new URLSearchParams({
      service,
      tags: JSON.stringify({ "order.id": orderId }),
      start: String((Date.now() - lookbackMs) * 1_000),
      end: String(Date.now() * 1_000),
      limit: String(mostTraces),
    });
    return (await get(`/api/traces?${query}`, "/api/traces", traces, signal)).data ?? [];
  };
  return {
    name: "Jaeger",
    async ofOrder(orderId, limit, signal) {
      const known = (await get("/api/services", "/api/services", services, signal)).data ?? [];
      const found = await Promise.all(
        known.filter((name) => !name.startsWith("jaeger")).map((service) => find(service, orderId, signal)),
      );
      const spans = new Map(
        found
          .flat()
          .flatMap(spansOf)
          .map((each) => [each.spanId, each]),
      );
      return [...spans.values()]
        .filter(({ attributes }) => attributes["order.id"] === orderId)
        .slice(0, limit);
    },
    async ofTrace(traceId, signal) {
      try {
        return ((await get(`/api/traces/${traceId}`, "/api/traces/{id}", traces, signal)).data ?? []).flatMap(
          spansOf,
        );
      } catch (error) {
        if (error instanceof AppError && error.category === "not_found") return [];
        throw error;
      }
    },
  };
}

function spansOf({ spans, processes }: Trace): Span[] {
  return spans.map((each) => {
    const attributes = Object.fromEntries((each.tags ?? []).map(({ key, value }) => [key, value]));
    const parent = each.references?.find(
      ({ refType, traceID }) => refType === "CHILD_OF" && traceID === each.traceID,
    );
    const {
      "span.kind": kind,
      "otel.status_code": status,
      "otel.status_description": statusMessage,
    } = attributes;
    return {
      traceId: each.traceID,
      spanId: each.spanID,
      parentSpanId: parent?.spanID,
      service: processes[each.processID]?.serviceName ?? "?",
      name: each.operationName,
      kind: typeof kind === "string" ? kind.toUpperCase() : "INTERNAL",
      startMs: each.startTime / 1_000,
      durationMs: each.duration / 1_000,
      failed: status === "ERROR" || attributes["error"] === true,
      statusMessage: typeof statusMessage === "string" ? statusMessage : undefined,
      attributes,
    };
  });
}
