import * as orders from "../baton/metrics";
import { declaredMetrics, platformMetrics, type DeclaredMetrics } from "../platform/catalogue";
import * as reconcile from "../reconcile/metrics";
import * as crm from "../services/crm/metrics";
import * as exporterHost from "../services/exporter/host/metrics";
import * as exporterKafka from "../services/exporter/kafka/metrics";
import * as exporter from "../services/exporter/metrics";
import * as exporterPostgres from "../services/exporter/postgres/metrics";
import * as exporterS3 from "../services/exporter/s3/metrics";
import { userRequestsTotal } from "../services/gateway/metrics";
import * as mes from "../services/mes/metrics";
import * as pricing from "../services/pricing/metrics";
import * as shop from "../services/shop/metrics";

/** Every metric of Alexandrite, by the file that declares it. `docs/metrics.md` is made from it. */
export const metricsCatalogue: readonly DeclaredMetrics[] = [
  ...platformMetrics,
  declaredMetrics("Orders", "baton/metrics.ts", orders),
  declaredMetrics("Reconciliation", "reconcile/metrics.ts", reconcile),
  declaredMetrics("Shop", "services/shop/metrics.ts", shop),
  declaredMetrics("CRM", "services/crm/metrics.ts", crm),
  declaredMetrics("MES", "services/mes/metrics.ts", mes),
  declaredMetrics("Pricing", "services/pricing/metrics.ts", pricing),
  declaredMetrics("Gateway", "services/gateway/metrics.ts", { userRequestsTotal }),
  declaredMetrics("Exporter", "services/exporter/metrics.ts", exporter),
  declaredMetrics("Exporter: Kafka", "services/exporter/kafka/metrics.ts", exporterKafka),
  declaredMetrics("Exporter: PostgreSQL", "services/exporter/postgres/metrics.ts", exporterPostgres),
  declaredMetrics("Exporter: object store", "services/exporter/s3/metrics.ts", exporterS3),
  declaredMetrics("Exporter: host", "services/exporter/host/metrics.ts", exporterHost),
];
