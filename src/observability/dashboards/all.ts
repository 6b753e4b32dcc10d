import { golden } from "./golden";
import { kafka } from "./kafka";
import { node } from "./node";
import { order } from "./order";
import { orders } from "./orders";
import { overview } from "./overview";
import type { Dashboard } from "./panels";
import { payments } from "./payments";
import { postgres } from "./postgres";
import { pricing } from "./pricing";
import { red } from "./red";
import { s3 } from "./s3";
import { slo } from "./slo";
import { telemetry } from "./telemetry";
import { use } from "./use";

/** Every dashboard, from the most general one on. */
export const dashboards: readonly Dashboard[] = [
  overview,
  golden,
  red,
  use,
  slo,
  orders,
  order,
  pricing,
  payments,
  kafka,
  postgres,
  s3,
  node,
  telemetry,
];

/** One expression of one panel, as the dashboard has it. */
export type PanelExpression = {
  dashboard: string;
  panel: string;
  expr: string;
  /** What there must be for it to have series, where not every way to run the system has it. */
  onlyWith?: string;
};

/** Every expression in PromQL of every panel, with the dashboard's uid and the panel's title. */
export function expressionsOf(of: readonly Dashboard[] = dashboards): PanelExpression[] {
  return of.flatMap(({ uid, rows }) =>
    rows
      .flatMap(({ panels }) => panels)
      .flatMap((panel) =>
        "queries" in panel
          ? panel.queries.map(({ expr }) => ({
              dashboard: uid,
              panel: panel.title,
              expr,
              ...(panel.onlyWith && { onlyWith: panel.onlyWith }),
            }))
          : [],
      ),
  );
}
