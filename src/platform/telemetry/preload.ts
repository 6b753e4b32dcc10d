/**
 * Loaded with `node --require` before anything else, so that the context manager is in place when the first module runs. With `main.ts` the
 * only files that do something on import. Worker threads inherit `--require` and must not export spans of their own.
 */
import { isMainThread } from "node:worker_threads";
import { startTelemetry } from "./sdk";

if (isMainThread) {
  startTelemetry({
    endpoint: process.env["OTEL_EXPORTER_OTLP_ENDPOINT"],
    protocol: process.env["OTEL_EXPORTER_OTLP_PROTOCOL"] === "http/json" ? "http/json" : "http/protobuf",
  });
}
