import { listOrders as listFrom, readOrder } from "../../baton";
import { CrmServiceDefinition } from "../../gen/alexandrite/crm/v1/crm";
import { descriptorSet } from "../../gen/descriptors";
import { defineConfig } from "../../platform/config";
import { createServer, grpcServerConfig } from "../../platform/grpc";
import { createHost } from "../../platform/lifecycle";
import { openDatabase, postgresConfig } from "../../platform/postgres";
import { createMetrics, openLog } from "../../platform/telemetry";
import { openCrmCache } from "../../services/crm/cache";
import { getOrder } from "../../services/crm/grpc/get-order";
import { listOrders } from "../../services/crm/grpc/list-orders";
import { crmMigrations } from "../../services/crm/store/migrations";
import type { ServiceOrder, ServiceReport } from "./messages";

/** CRM's reads as they are served, as a process: `node service-process.js <on|off>`, with the database in `BENCH_DATABASE_URL`. Everybody is the same seller. */
async function main(): Promise<void> {
  const [, , cache = ""] = process.argv;
  const { log } = openLog({ service: "crm", instance: "crm-1", level: "info" });
  const metrics = createMetrics();
  const { host } = createHost({ name: "crm", instance: "crm-1", log, metrics });
  const config = defineConfig({ grpc: grpcServerConfig, postgres: postgresConfig })({
    GRPC_PORT: "0",
    GRPC_RATE_PER_SECOND: "0",
    DATABASE_URL: process.env["BENCH_DATABASE_URL"] ?? "",
  });
  const db = await openDatabase(host, config.postgres, { migrations: crmMigrations });
  const deps = {
    db,
    cache: openCrmCache(host, db, { enabled: cache === "on" }),
    baton: {
      get: (orderId: string) => readOrder(db, orderId),
      list: (query: Parameters<typeof listFrom>[1]) => listFrom(db, query),
    },
  };
  const server = createServer(host, config.grpc, {
    authenticate: async () => ({ role: "seller", id: "1", name: "seller" }),
    descriptors: descriptorSet,
  });
  const { methods } = CrmServiceDefinition;
  const reads = { getOrder: methods.getOrder, listOrders: methods.listOrders };
  server.add(
    { ...CrmServiceDefinition, methods: reads },
    { getOrder: getOrder(deps), listOrders: listOrders(deps) },
  );
  const { port } = await server.listen();
  const tell = (report: ServiceReport) => process.send?.(report);
  process.on("message", (_order: ServiceOrder) => {
    // Before what is measured, so that no sample pays for the garbage of another.
    globalThis.gc?.();
    void metrics.collect().then((text) => {
      const { user, system } = process.cpuUsage();
      tell({ kind: "usage", cpuUs: user + system, reads: readsOf(text) });
    });
  });
  process.once("disconnect", () => process.exit(0));
  tell({ kind: "ready", port });
}

function readsOf(text: string): Record<string, number> {
  const found = text.matchAll(/^cache_requests_total\{.*?result="(\w+)".*?\} (\d+)/gm);
  return Object.fromEntries([...found].map(([, result, count]) => [result, Number(count)]));
}

void main();
