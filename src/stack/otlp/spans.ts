/** A span as it is stored: one line of JSON. */
export type Span = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  service: string;
  name: string;
  kind: string;
  /** Epoch milliseconds, with fractions. */
  startMs: number;
  durationMs: number;
  attributes: Record<string, unknown>;
  status: "UNSET" | "OK" | "ERROR";
  statusMessage?: string;
  events?: { name: string; atMs: number; attributes: Record<string, unknown> }[];
  links?: { traceId: string; spanId: string }[];
};

type AnyValue = {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values?: AnyValue[] };
  kvlistValue?: { values?: KeyValue[] };
};
type KeyValue = { key: string; value?: AnyValue };
type OtlpSpan = {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: number;
  startTimeUnixNano: string | number;
  endTimeUnixNano: string | number;
  attributes?: KeyValue[];
  status?: { code?: number; message?: string };
  events?: { name: string; timeUnixNano: string | number; attributes?: KeyValue[] }[];
  links?: { traceId: string; spanId: string }[];
};
type ExportRequest = {
  resourceSpans?: { resource?: { attributes?: KeyValue[] }; scopeSpans?: { spans?: OtlpSpan[] }[] }[];
};

const kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const statuses = ["UNSET", "OK", "ERROR"] as const;

/** The spans of an OTLP/JSON ExportTraceServiceRequest (opentelemetry-proto, "JSON Protobuf Encoding"). */
export function readSpans(body: unknown): Span[] {
  return ((body as ExportRequest).resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
    const { "service.name": service } = readAttributes(resource?.attributes);
    return (scopeSpans ?? []).flatMap(({ spans }) =>
      (spans ?? []).map((span) => readSpan(String(service ?? "unknown"), span)),
    );
  });
}

function readSpan(service: string, span: OtlpSpan): Span {
  const startMs = milliseconds(span.startTimeUnixNano);
  return {
    traceId: span.traceId.toLowerCase(),
    spanId: span.spanId.toLowerCase(),
    ...(span.parentSpanId ? { parentSpanId: span.parentSpanId.toLowerCase() } : {}),
    service,
    name: span.name,
    kind: kinds[span.kind ?? 0] ?? "UNSPECIFIED",
    startMs,
    durationMs: milliseconds(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)),
    attributes: readAttributes(span.attributes),
    status: statuses[span.status?.code ?? 0] ?? "UNSET",
    ...(span.status?.message ? { statusMessage: span.status.message } : {}),
    ...(span.events?.length
      ? {
          events: span.events.map((event) => ({
            name: event.name,
            atMs: milliseconds(event.timeUnixNano),
            attributes: readAttributes(event.attributes),
          })),
        }
      : {}),
    ...(span.links?.length ? { links: span.links.map(({ traceId, spanId }) => ({ traceId, spanId })) } : {}),
  };
}

function readAttributes(attributes: KeyValue[] | undefined): Record<string, unknown> {
  return Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, readValue(value ?? {})]));
}

function readValue(value: AnyValue): unknown {
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(readValue);
  if (value.kvlistValue) return readAttributes(value.kvlistValue.values);
  return value.stringValue ?? value.doubleValue ?? value.boolValue ?? null;
}

function milliseconds(nanoseconds: string | number | bigint): number {
  return Number(BigInt(nanoseconds) / 1_000n) / 1_000;
}
