import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { ServiceHost } from "../lifecycle";
import { Operation, SpanKind } from "../telemetry";
import { httpServerDuration } from "./metrics";

/** Tells of bytes that were no request: the parser has answered them before anything else could see them. */
export function settleMalformed(
  { metrics, log }: ServiceHost,
  status: number,
  error: Error,
  client: string | undefined,
): void {
  const labels = { method: "_OTHER", route: "malformed", code: String(status) };
  const attributes = {
    "http.request.method": "_OTHER",
    "http.response.status_code": status,
    ...(client !== undefined && { "client.address": client }),
  };
  const operation = new Operation(
    "HTTP",
    { kind: SpanKind.SERVER, parent: ROOT_CONTEXT, attributes },
    {
      count({ seconds }, traceId) {
        metrics.histogram(httpServerDuration).observe(labels, seconds, { traceId });
      },
      write({ code, seconds }) {
        const line = {
          http_method: labels.method,
          http_route: labels.route,
          http_code: status,
          ms: Math.round(seconds * 1e6) / 1e3,
          fault: error.message,
          client,
        };
        log.info(line, `malformed request ${code}`);
      },
    },
  );
  // By the conventions a 4xx is the client's fault and leaves a server span's status unset.
  operation.settle({ code: String(status), attributes: { "error.type": String(status) } });
}
