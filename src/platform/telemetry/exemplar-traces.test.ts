import { createTestHost, type TestHost } from "../testing";
import { createMetrics, defineMetric, Operation, SpanKind } from ".";

const seconds = defineMetric({
  name: "exemplar_test_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time.",
  buckets: [1, 10],
});

let host: TestHost;
let now: number;
beforeEach(() => {
  host = createTestHost("exemplars");
  host.clear();
  now = 1_700_000_000_000;
  jest.spyOn(Date, "now").mockImplementation(() => now);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await host.close();
});

test("an exemplar stays for ten seconds in its bucket, and the span that made it says so", async () => {
  const metrics = createMetrics();
  const slot = metrics.histogram(seconds).child({});
  /** An operation; its trace's id. */
  const run = (value: number): string => {
    const operation = new Operation(
      "work",
      { kind: SpanKind.INTERNAL },
      { count: (_outcome, traceId) => slot.observe(value, traceId), write: () => undefined },
    );
    operation.settle({ code: "ok" });
    return operation.span.spanContext().traceId;
  };
  const named = async (): Promise<string[]> =>
    [...(await metrics.collect()).matchAll(/trace_id="(\w+)"/g)].map(([, id]) => id as string);

  const first = run(0.5);
  now += 9_999;
  const young = run(0.5);
  const slow = run(5);
  expect(await named()).toEqual([first, slow]);
  now += 1;
  const next = run(0.5);
  expect(await named()).toEqual([next, slow]);

  const marks = host.spans().map((span) => [span.spanContext().traceId, span.attributes["metric.exemplar"]]);
  expect(marks).toEqual([
    [first, true],
    [young, undefined],
    [slow, true],
    [next, true],
  ]);
});
