import type { Requirement } from "../observability/requirements";
import { defineMetric } from "../platform/telemetry";
import { metricsDocument } from "./metrics-document";

const specs = [
  defineMetric({
    name: "calls_total",
    kind: "counter",
    help: "Calls, a|b.",
    labels: ["method"],
    maxSeries: 1_500,
  }),
  defineMetric({
    name: "call_seconds",
    kind: "histogram",
    unit: "seconds",
    help: "Time.",
    buckets: [0.1, 1],
  }),
];
const requirements: Requirement[] = [
  { id: "C1", what: "calls", promql: 'rate(calls_total{method=~"a|b"}[1m])', panel: ["golden", "Calls"] },
];
const node = [{ name: "nodejs_heap_bytes", help: "Heap", type: "gauge", labels: ["space"] }];

test("each metric has a row with its type, unit, labels, bound of series and meaning", () => {
  const lines = metricsDocument(
    [{ subject: "Calls", file: "calls/metrics.ts", specs }],
    node,
    requirements,
  ).split("\n");
  expect(lines).toContain("## Calls");
  expect(lines).toContain("Declared in [src/calls/metrics.ts](../src/calls/metrics.ts).");
  expect(lines).toContain("| `calls_total` | counter |  | `method` | 1,500 | Calls, a\\|b. |");
  // Two bounds and +Inf, the sum, the count.
  expect(lines).toContain("| `call_seconds` | histogram | seconds |  | 5 | Time. |");
  expect(lines).toContain("| `nodejs_heap_bytes` | gauge | bytes | `space` |  | Heap. |");
  expect(lines).toContain(
    '| C1 | calls | `calls_total` | `rate(calls_total{method=~"a\\|b"}[1m])` | golden: Calls |',
  );
});
