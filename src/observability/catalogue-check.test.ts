import { knownMetrics, metricsOf, problemsOf } from "./catalogue-check";
import { durationsOf } from "./promql";

test("the metrics of an expression are found wherever they stand, each once", () => {
  const promql = `sum by (service) (rate(a_total{code=~"x|y"}[5m])) / on() group_left up > 2
    and {__name__="rule:b"} or absent(c{d!=""} offset 1h) unless max_over_time(up[2h:1m])`;
  expect(metricsOf(promql)).toEqual(["a_total", "up", "rule:b", "c"]);
});

test("Grafana's durations and variables parse", () => {
  expect(metricsOf(`rate(a_total{service="$service"}[$__rate_interval])`)).toEqual(["a_total"]);
  expect(metricsOf("increase(a_total[${__range}])")).toEqual(["a_total"]);
});

test("what is not PromQL and what names no metric is refused", () => {
  expect(() => metricsOf("sum(rate(a_total[5m])")).toThrow("not PromQL");
  expect(() => metricsOf('{service="mes"}')).toThrow("names no metric");
});

test("durations are ranges, steps and offsets, and no numbers", () => {
  const promql = "rate(a_total[5m] offset 1h) > 60 and b[2h:30s]";
  expect(durationsOf(promql).map(({ from, to }) => promql.slice(from, to))).toEqual([
    "5m",
    "1h",
    "2h",
    "30s",
  ]);
});

test("known are the catalogue's metrics, Node.js's, those of other programs and recorded ones", () => {
  const known = knownMetrics();
  expect(known.get("grpc_server_handled_total")?.type).toBe("counter");
  expect(known.get("outbox_publish_delay_seconds_bucket")?.labels).toEqual(["topic", "le"]);
  expect(known.has("outbox_publish_delay_seconds")).toBe(false);
  expect(known.get("nodejs_gc_duration_seconds_sum")?.labels).toEqual(["kind"]);
  expect(known.has("process_resident_memory_bytes")).toBe(true);
  expect(known.has("up")).toBe(true);
  expect([...known.values()].some(({ type }) => type === "recorded")).toBe(true);
});

test("a name that nothing writes and a label that a metric does not have are problems", () => {
  expect(problemsOf('rate(grpc_server_handled_total{grpc_code="OK",service="mes"}[5m])')).toEqual([]);
  expect(problemsOf('no_such_metric > 1 or up{grpc_code="OK"}')).toEqual([
    "no metric is called no_such_metric",
    "up has no label grpc_code",
  ]);
});
