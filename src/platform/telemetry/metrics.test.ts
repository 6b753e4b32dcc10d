import { createMetrics, defineMetric } from ".";

const calls = defineMetric({
  name: "calls_total",
  kind: "counter",
  help: "Calls.",
  labels: ["method", "code"],
});
const size = defineMetric({ name: "queue_size", kind: "gauge", help: "Size." });
const seconds = defineMetric({
  name: "call_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time.",
  labels: ["method"],
  buckets: [0.1, 1],
});
const traceId = "0af7651916cd43dd8448eb211c80319c";

test("the text is OpenMetrics with exemplars, canonical bounds and an end", async () => {
  const metrics = createMetrics();
  metrics.counter(calls).inc({ method: "Get", code: "OK" }, 2, { traceId });
  metrics.gauge(size).set({}, 3);
  const slot = metrics.histogram(seconds).child({ method: "Get" });
  slot.observe(0.05);
  slot.observe(0.5, traceId);
  slot.observe(0.1);
  slot.observe(7);
  const text = await metrics.collect();
  expect(metrics.contentType).toContain("application/openmetrics-text");
  expect(text).toContain("# TYPE calls counter\n");
  expect(text).toMatch(
    new RegExp(`calls_total{method="Get",code="OK"} 2 # {trace_id="${traceId}"} 2 \\d+\\.?\\d*\n`),
  );
  expect(text).toContain("queue_size 3\n");
  expect(text).toContain('call_seconds_bucket{method="Get",le="0.1"} 2\n');
  expect(text).toMatch(
    new RegExp(`call_seconds_bucket{method="Get",le="1.0"} 3 # {trace_id="${traceId}"} 0.5 \\d+`),
  );
  expect(text).toContain('call_seconds_bucket{method="Get",le="+Inf"} 4\n');
  expect(text).toContain('call_seconds_sum{method="Get"} 7.65');
  expect(text).toContain('call_seconds_count{method="Get"} 4\n');
  expect(text.endsWith("# EOF\n")).toBe(true);
});

test("a resolved child and a call with labels count into one series, and asking twice gives one metric", async () => {
  const metrics = createMetrics();
  const child = metrics.counter(calls).child({ method: "Get", code: "OK" });
  child.inc();
  metrics.counter(calls).inc({ code: "OK", method: "Get" });
  expect(child.value).toBe(2);
  expect((await metrics.collect()).match(/calls_total{/g)).toHaveLength(1);
});

test("series and metrics without labels exist from the start", async () => {
  const metrics = createMetrics();
  metrics.counter(calls).child({ method: "Get", code: "INTERNAL" });
  metrics.gauge(size);
  const text = await metrics.collect();
  expect(text).toContain('calls_total{method="Get",code="INTERNAL"} 0\n');
  expect(text).toContain("queue_size 0\n");
});

test("a metric that was not declared is refused, a copy of a declared one and a second of its name included", () => {
  const metrics = createMetrics();
  expect(() => metrics.counter({ ...calls })).toThrow("calls_total was not declared");
  expect(() => metrics.counter({ ...calls, maxSeries: 1e9 })).toThrow("calls_total was not declared");
  metrics.counter(calls);
  expect(() => metrics.counter({ ...calls })).toThrow("calls_total was not declared");
  const other = defineMetric({ name: "calls_total", kind: "counter", help: "Other.", labels: ["tenant"] });
  expect(() => metrics.counter(other)).toThrow("calls_total is defined twice");
  expect(() => Object.assign(calls, { maxSeries: 1e9 })).toThrow("read only");
});

test.each([
  ["a counter without _total", { name: "calls", kind: "counter" }, "end in _total"],
  ["a gauge with _total", { name: "x_total", kind: "gauge" }, "end in _total"],
  ["bounds that do not rise", { name: "x", kind: "histogram", buckets: [1, 1] }, "rising"],
  ["the label of a histogram's bounds", { name: "x", kind: "gauge", labels: ["le"] }, "label le"],
  ["a unit that the name hides", { name: "x", kind: "gauge", unit: "seconds" }, "its name says none"],
  ["a name that the unit denies", { name: "x_bytes_total", kind: "counter" }, "its name says bytes"],
  ["a unit that is no base unit", { name: "x_ms", kind: "gauge" }, "counts ms"],
  ["no sentence", { name: "x", kind: "gauge", help: "" }, "a sentence"],
  ["no room for a series", { name: "x", kind: "gauge", maxSeries: 0 }, "at least one"],
] as const)("%s is refused", (_title, definition, message) => {
  expect(() => defineMetric({ help: "It is.", ...definition })).toThrow(message);
});

test("label sets beyond the bound are counted together as other", async () => {
  const reported: unknown[] = [];
  const metrics = createMetrics({ onHookError: (error) => reported.push(error) });
  const few = defineMetric({
    name: "few_total",
    kind: "counter",
    help: "Few.",
    labels: ["user"],
    maxSeries: 2,
  });
  for (const user of ["a", "b", "c", "d", "a"]) metrics.counter(few).inc({ user });
  const text = await metrics.collect();
  expect(text).toContain('few_total{user="a"} 2\n');
  expect(text).toContain('few_total{user="other"} 2\n');
  expect(text).toContain('metric_series_overflow_total{metric="few_total"} 2\n');
  expect(reported).toHaveLength(1);
});

test("collect hooks set gauges, and a failing one is reported and stops nobody", async () => {
  const reported: unknown[] = [];
  const metrics = createMetrics({ onHookError: (error) => reported.push(error) });
  metrics.onCollect(() => Promise.reject(new Error("down")));
  const remove = metrics.onCollect(() => metrics.gauge(size).set({}, 9));
  expect(await metrics.collect()).toContain("queue_size 9\n");
  expect(reported).toEqual([new Error("down")]);
  remove();
  metrics.gauge(size).set({}, 1);
  expect(await metrics.collect()).toContain("queue_size 1\n");
});

test("counters never fall and what is no number is not recorded", () => {
  const metrics = createMetrics();
  const counter = metrics.counter(calls).child({ method: "a", code: "b" });
  counter.inc(-1);
  counter.inc(NaN);
  expect(counter.value).toBe(0);
  const histogram = metrics.histogram(seconds).child({ method: "a" });
  histogram.observe(NaN);
  expect(histogram.sum).toBe(0);
});

test("label values are escaped", async () => {
  const metrics = createMetrics();
  metrics.counter(calls).inc({ method: 'a"b\\c\nd', code: "x" });
  expect(await metrics.collect()).toContain('method="a\\"b\\\\c\\nd"');
});

test("the process's own metrics cover processor, memory, heap and event-loop delay", async () => {
  const text = await createMetrics({ processMetrics: true }).collect();
  for (const name of [
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "nodejs_heap_size_used_bytes",
    "nodejs_eventloop_lag_p99_seconds",
  ]) {
    expect(text).toContain(`\n${name} `);
  }
});
