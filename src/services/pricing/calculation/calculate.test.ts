import { createTestHost, testS3, type TestHost } from "../../../platform/testing";
import { openProcesses } from "../../../platform/process";
import type { ObjectStore } from "../../../platform/s3";
import { binaryStlOf, cubeTriangles } from "../geometry/testing";
import { leaseOf, sha256Of } from "../testing/leases";
import { type Calculate, createCalculator } from "./calculate";

let host: TestHost;
let store: ObjectStore;
let calculate: Calculate;

beforeAll(async () => {
  host = createTestHost("pricing");
  store = await (await testS3()).open(host);
  const limits = { memoryMb: 500, stallMs: 20_000, totalMs: 20_000 };
  calculate = createCalculator(host, { store, processes: await host.own(openProcesses(host)), limits });
});
afterAll(() => host?.close());

async function stored(model: Buffer, as = sha256Of(model)): Promise<Buffer> {
  await store.put(`models/${as}`, model, { length: model.length });
  return model;
}
const run = (lease: Parameters<Calculate>[0]) =>
  calculate(lease, { onProgress: () => undefined, signal: new AbortController().signal });

test("a stored model gets the price of a piece, line by line, and the geometry it came from", async () => {
  const model = await stored(binaryStlOf(cubeTriangles(40)));
  expect(await run(leaseOf(model))).toMatchObject({
    kind: "done",
    geometry: { triangles: 12n, volumeMm3: expect.closeTo(64_000, 3), watertight: true, bodies: 1 },
    // 64 cm³ of PLA weigh 79.36 g; the machine takes 2 h 40 min.
    unitPrice: {
      materialMinor: 19_840n,
      machineMinor: 120_000n,
      finishingMinor: 0n,
      setupMinor: 15_000n,
      totalMinor: 154_840n,
      currency: "RUB",
    },
  });
});

test("the calculation and its reading of the store belong to the trace of the upload", async () => {
  const model = await stored(binaryStlOf(cubeTriangles(41)));
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const spanId = "b7ad6b7169203331";
  host.clear();
  await run(leaseOf(model, { traceContext: { traceparent: `00-${traceId}-${spanId}-01` } }));
  const spans = host.spans().filter((span) => span.spanContext().traceId === traceId);
  const calculation = spans.find(({ name }) => name === "pricing.calculate");
  expect(calculation?.parentSpanContext?.spanId).toBe(spanId);
  expect(calculation?.attributes).toMatchObject({ "pricing.outcome": "done" });
  const parents = spans.map((span) => span.parentSpanContext?.spanId);
  expect(parents).toContain(calculation?.spanContext().spanId);
});

test("what is the model's own fault fails for good", async () => {
  const nan = binaryStlOf(cubeTriangles(42));
  nan.writeFloatLE(Number.NaN, 84 + 12);
  await stored(nan);
  expect(await run(leaseOf(nan))).toMatchObject({ reason: "NOT_FINITE", deterministic: true });
  const open = await stored(binaryStlOf(cubeTriangles(42).slice(1)));
  expect(await run(leaseOf(open))).toMatchObject({ reason: "NOT_WATERTIGHT", deterministic: true });
});

test("what is the store's fault may be tried again", async () => {
  const whole = binaryStlOf(cubeTriangles(43));
  const chance = { kind: "failed", deterministic: false };
  expect(await run(leaseOf(whole))).toMatchObject({ ...chance, reason: "OBJECT_NOT_FOUND" });
  await stored(whole.subarray(0, 300), sha256Of(whole));
  expect(await run(leaseOf(whole))).toMatchObject({ ...chance, reason: "STORED_MODEL_DAMAGED" });
  // Another cube of the same size, and one that the calculation refuses before its end.
  await stored(binaryStlOf(cubeTriangles(44)), sha256Of(whole));
  expect(await run(leaseOf(whole))).toMatchObject({ ...chance, reason: "STORED_MODEL_DAMAGED" });
  await stored(binaryStlOf(cubeTriangles(43), 5), sha256Of(whole));
  expect(await run(leaseOf(whole))).toMatchObject({ ...chance, reason: "STORED_MODEL_DAMAGED" });
});

test("an aborted calculation rejects", async () => {
  const model = await stored(binaryStlOf(cubeTriangles(45)));
  const off = new AbortController();
  const running = calculate(leaseOf(model), { onProgress: () => undefined, signal: off.signal });
  setTimeout(() => off.abort(), 30);
  await expect(running).rejects.toBeDefined();
});
