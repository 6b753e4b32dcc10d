import { defineConfig } from "../../../platform/config";
import { createHost } from "../../../platform/lifecycle";
import { openDatabase, postgresConfig } from "../../../platform/postgres";
import { createMetrics, openLog, startTelemetry } from "../../../platform/telemetry";
import { discardingProcessor, inRequest } from "./traces";
import { type Item, poolSize, statement, type Variant } from "./variant";

/** The platform's client: always with metrics, with spans when asked. */
export async function openOurs(url: string, spans: boolean): Promise<Variant> {
  const discarding = spans ? discardingProcessor() : undefined;
  if (discarding)
    startTelemetry({
      identity: { service: "bench", instance: "bench-1" },
      processors: [discarding.processor],
    });
  const { log } = openLog({ service: "bench", instance: "bench-1", level: "info" });
  const metrics = createMetrics();
  const { host } = createHost({ name: "bench", instance: "bench-1", log, metrics });
  const { postgres } = defineConfig({ postgres: postgresConfig })({
    DATABASE_URL: url,
    DATABASE_POOL_SIZE: String(poolSize),
  });
  const db = await openDatabase(host, postgres, { migrations: [] });
  return {
    query: (id) => db.query<Item>(statement, [id]),
    request: spans ? inRequest : (_sampled, fn) => fn(),
    async observed() {
      const count = /^db_client_operation_duration_seconds_count\{.*operation="SELECT item".*\} (\d+)/m;
      return {
        metrics: Number(count.exec(await metrics.collect())?.[1] ?? 0),
        spans: (await discarding?.exported()) ?? 0,
      };
    },
  };
}
