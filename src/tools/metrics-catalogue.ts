import * as orders from "../baton/metrics";
import { declaredMetrics, platformMetrics, type DeclaredMetrics } from "../platform/catalogue";
import * as reconcile from "../reconcile/metrics";
import * as mes from "../services/mes/metrics";
import * as pricing from "../services/pricing/metrics";
import * as shop from "../services/shop/metrics";

/** Every metric of Alexandrite, by the file that declares it. `docs/metrics.md` is made from it. */
export const metricsCatalogue: readonly DeclaredMetrics[] = [
  ...platformMetrics,
  declaredMetrics("Orders", "baton/metrics.ts", orders),
  declaredMetrics("Reconciliation", "reconcile/metrics.ts", reconcile),
  declaredMetrics("Shop", "services/shop/metrics.ts", shop),
  declaredMetrics("MES", "services/mes/metrics.ts", mes),
  declaredMetrics("Pricing", "services/pricing/metrics.ts", pricing),
];
