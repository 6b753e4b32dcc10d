import type { Attributes, Metrics } from "../telemetry";
import { kindOf, type MethodKind } from "./definition";
import { MethodSlots } from "./method-slots";
import { serverMetrics } from "./metrics";

/** Services whose calls are for machines that look every few seconds: no span, log lines at debug. */
const quietServices = new Set([
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
]);

/** A method of a server: what its calls share, made once. */
export class ObservedMethod {
  readonly labels: {
    readonly grpc_type: string;
    readonly grpc_service: string;
    readonly grpc_method: string;
  };
  /** `package.Service/Method`. */
  readonly name: string;
  /** Health checks and reflection. */
  readonly quiet: boolean;
  /** True for the kinds that answer with a stream. */
  readonly answersByStream: boolean;
  readonly slots: MethodSlots;
  /** What is known of every span of it (OpenTelemetry semantic conventions for gRPC). */
  readonly attributes: Attributes;

  constructor(metrics: Metrics, kind: MethodKind | "unknown", service: string, method: string) {
    this.labels = { grpc_type: kind, grpc_service: service, grpc_method: method };
    this.name = `${service}/${method}`;
    this.quiet = quietServices.has(service);
    this.answersByStream = kind === "server_stream" || kind === "bidi_stream";
    this.slots = new MethodSlots(metrics, serverMetrics, this.labels);
    this.attributes = {
      "rpc.system": "grpc",
      "rpc.system.name": "grpc",
      "rpc.service": service,
      "rpc.method": method,
    };
  }

  static ofPath(
    metrics: Metrics,
    path: string,
    kind: { requestStream: boolean; responseStream: boolean },
  ): ObservedMethod {
    const [service = "", method = ""] = path.slice(1).split("/");
    return new ObservedMethod(metrics, kindOf(kind), service, method);
  }
}
