import * as cache from "./cache/metrics";
import * as grpc from "./grpc/metrics";
import * as http from "./http/metrics";
import * as kafka from "./kafka/metrics";
import * as lifecycle from "./lifecycle/metrics";
import * as outbox from "./outbox/metrics";
import * as postgres from "./postgres/metrics";
import * as process from "./process/metrics";
import * as s3 from "./s3/metrics";
import type { MetricSpec } from "./telemetry";
import * as telemetry from "./telemetry/catalogue";
import * as tls from "./tls/metrics";

/** The metrics that one file declares. */
export type DeclaredMetrics = {
  /** What they are about, as a heading. */
  subject: string;
  /** The file that declares them, below `src/`. */
  file: string;
  specs: readonly MetricSpec[];
};

type SpecModule = Readonly<Record<string, MetricSpec | Readonly<Record<string, MetricSpec>>>>;

/** Lists the specs that a module exports, alone or in groups, in their order. */
export function declaredMetrics(subject: string, file: string, module: SpecModule): DeclaredMetrics {
  const specs = Object.values(module).flatMap((each) => (isSpec(each) ? [each] : Object.values(each)));
  return { subject, file, specs };
}

function isSpec(value: SpecModule[string]): value is MetricSpec {
  return typeof value["name"] === "string";
}

/**
 * Every metric that the library can have. A service joins its own to them, see `src/tools/metrics-catalogue.ts`; what is in no catalogue does not pass the
 * tests, and what `defineMetric` did not make is refused at run time.
 */
export const platformMetrics: readonly DeclaredMetrics[] = [
  declaredMetrics("gRPC", "platform/grpc/metrics.ts", grpc),
  declaredMetrics("TLS", "platform/tls/metrics.ts", tls),
  declaredMetrics("HTTP", "platform/http/metrics.ts", http),
  declaredMetrics("PostgreSQL", "platform/postgres/metrics.ts", postgres),
  declaredMetrics("Caches", "platform/cache/metrics.ts", cache),
  declaredMetrics("Kafka", "platform/kafka/metrics.ts", kafka),
  declaredMetrics("Outbox and inbox", "platform/outbox/metrics.ts", outbox),
  declaredMetrics("Object store", "platform/s3/metrics.ts", s3),
  declaredMetrics("Child processes", "platform/process/metrics.ts", process),
  declaredMetrics("Service", "platform/lifecycle/metrics.ts", lifecycle),
  declaredMetrics("Telemetry", "platform/telemetry/catalogue.ts", telemetry),
];
