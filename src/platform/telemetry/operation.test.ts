import { AppError } from "../errors";
import { createTestHost, type TestHost } from "../testing";
import { currentTraceId, Operation, SpanKind, type OperationObservers, type Outcome } from ".";
import { GaugeSlot } from "./slots";

let host: TestHost;
let inFlight: GaugeSlot;
let counted: { outcome: Outcome; traceId: string | undefined }[];
let written: { outcome: Outcome; traceId: string | undefined }[];
beforeEach(() => {
  host = createTestHost("operation");
  host.clear();
  inFlight = new GaugeSlot();
  counted = [];
  written = [];
});
afterEach(() => host.close());

const start = (observers: Partial<OperationObservers> = {}) =>
  new Operation(
    "work",
    { kind: SpanKind.CLIENT },
    {
      inFlight,
      count: (outcome, traceId) => counted.push({ outcome, traceId }),
      write: (outcome) => written.push({ outcome, traceId: currentTraceId() }),
      ...observers,
    },
  );
const error = (category: "cancelled" | "unavailable") =>
  new AppError({ category, reason: "GONE", message: "It is gone." });

test("the first end decides, and metric, span and line hear the same", () => {
  const operation = start();
  expect(inFlight.value).toBe(1);
  const first = operation.settle({ code: "busy", error: error("unavailable"), attributes: { rows: 3 } });
  expect(operation.settle({ code: "ok" })).toBeUndefined();
  const { traceId } = operation.span.spanContext();
  expect(first).toMatchObject({ code: "busy", seconds: expect.any(Number) });
  expect(counted).toEqual([{ outcome: first, traceId }]);
  expect(written).toEqual([{ outcome: first, traceId }]);
  expect(inFlight.value).toBe(0);
  expect(host.spans()).toHaveLength(1);
  expect(host.spans()[0]).toMatchObject({
    name: "work",
    status: { code: 2 },
    attributes: { "error.type": "GONE", rows: 3 },
  });
});

test("whoever left made no error of the span, unless the operation says so", () => {
  start().settle({ code: "left", error: error("cancelled") });
  start({ isFault: () => true }).settle({ code: "left", error: error("cancelled") });
  start({ isFault: () => false }).settle({ code: "left", error: new RangeError("far") });
  expect(host.spans().map(({ status, attributes }) => [status.code, attributes["error.type"]])).toEqual([
    [0, "GONE"],
    [2, "GONE"],
    [0, "RangeError"],
  ]);
});

test("what runs in an operation is below its span", () => {
  const operation = start();
  expect(operation.run(() => currentTraceId())).toBe(operation.span.spanContext().traceId);
  operation.settle({ code: "ok" });
  expect(host.spans()[0]?.status.code).toBe(0);
});
