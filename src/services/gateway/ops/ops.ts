import type { FastifyInstance } from "fastify";
import { MesServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes";
import { openClient, serviceKey } from "../../../platform/grpc";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { GatewayConfig } from "../config";
import type { Upstreams } from "../upstreams";
import { createOperatorsOnly } from "./access";
import { createJaeger } from "./jaeger";
import { addOpsRoutes } from "./routes";
import type { SpanStore } from "./span";
import { createAsk } from "./source";
import { openSource, openStatus } from "./status";
import { openEventSources } from "./story";
import { createTraceStore } from "./trace-store";

/** Adds the pages of operations: what is up, and an order's story, for where neither Grafana nor Jaeger's pages are. The host closes what is opened. */
export async function addOps(
  host: ServiceHost,
  app: FastifyInstance,
  upstreams: Upstreams,
  config: GatewayConfig,
): Promise<void> {
  const { identity, ops, mesAddresses: address, tls } = config;
  const credentials = serviceKey(identity.serviceKey);
  const keyOwners = await host.own(openClient(host, MesServiceDefinition, { address, credentials, tls }));
  addOpsRoutes(app, {
    readStatus: await openStatus(host, ops),
    statusFor: ops.status,
    sources: {
      ask: createAsk(ops.sourceLimitMs),
      events: await openEventSources(host, config),
      stores: await openStores(host, config),
      logsPath: ops.logsPath,
      graylogUrl: ops.graylogUrl,
    },
    operatorsOnly: createOperatorsOnly(identity, upstreams, keyOwners),
  });
}

async function openStores(host: ServiceHost, { ops }: GatewayConfig): Promise<SpanStore[]> {
  const traces = await openSource(host, "traces", ops.tracesUrl, ops.sourceLimitMs);
  const jaeger = await openSource(host, "jaeger", ops.jaegerUrl, ops.sourceLimitMs);
  return [...(traces ? [createTraceStore(traces)] : []), ...(jaeger ? [createJaeger(jaeger)] : [])];
}
