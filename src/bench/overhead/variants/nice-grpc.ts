import { createServer, type ServerMiddleware } from "nice-grpc";
import { openTelemetryServerMiddleware } from "nice-grpc-opentelemetry";
import { prometheusServerMiddleware } from "nice-grpc-prometheus";
import { BenchServiceDefinition, type GetRequest, type ListRequest, type WatchRequest } from "../gen/bench";
import { answers } from "../workload";
import { startUsualTelemetry } from "./usual-telemetry";

/** nice-grpc with the middleware that its own documentation names for the signals given. */
export async function startNiceGrpc(signals: "none" | "metrics" | "metrics and traces"): Promise<number> {
  const middleware: ServerMiddleware[] = [];
  if (signals === "metrics and traces") {
    startUsualTelemetry();
    middleware.push(openTelemetryServerMiddleware());
  }
  if (signals !== "none") middleware.push(prometheusServerMiddleware());
  let server = createServer({ "grpc.enable_channelz": 0 });
  for (const each of middleware) server = server.use(each);
  server.add(BenchServiceDefinition, {
    get: async (request: GetRequest) => answers.get(request),
    list: async (request: ListRequest) => answers.list(request),
    watch: async function* (request: WatchRequest) {
      yield* answers.watch(request);
    },
    // Its types want messages of ts-proto's `useOptionals`; what is sent is the same.
  } as never);
  return server.listen("127.0.0.1:0");
}
