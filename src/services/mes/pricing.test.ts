import { randomUUID } from "node:crypto";
import { CalculationState } from "../../gen/alexandrite/mes/v1/mes";
import { type Order, OrderStatus } from "../../gen/alexandrite/order/v1/order";
import { type FakeWorker, openFakeWorker } from "./testing/fake-worker";
import { cubeStl } from "./testing/models";
import { type RunningMes, runMes } from "./testing/running-mes";

let run: RunningMes;
const workers: FakeWorker[] = [];
/** Every test has models of its own: a price that is there already asks no worker. */
let edge = 100;

beforeAll(async () => {
  run = await runMes({ PRICING_MAX_TRIES: "2" });
});
afterAll(() => run?.close());
beforeEach(() => (edge += 1));
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
  await run.db.execute(
    "UPDATE pricing_job SET state = 'failed', result = $1 WHERE state IN ('queued', 'running')",
    [JSON.stringify({ kind: "failed", failure: { reason: "TEST_IS_OVER", message: "" } })],
  );
});

function worker(): FakeWorker {
  const opened = openFakeWorker(run.workers, run.service, randomUUID());
  workers.push(opened);
  return opened;
}
const uploaded = async (quantity = 1) => run.upload(await run.create(run.anna, { quantity }), cubeStl(edge));
const cancel = ({ orderId, version }: Order) =>
  run.mes.cancelOrder(
    { orderId, expectedVersion: version, commandId: "", reason: "changed my mind" },
    { metadata: run.anna },
  );

async function watched(orderId: string): Promise<{ state: CalculationState; progress: number }[]> {
  const seen = [];
  for await (const each of run.mes.watchCalculation({ orderId }, { metadata: run.anna })) seen.push(each);
  return seen;
}

test("a result prices the order for its quantity, with what it was calculated from", async () => {
  const { orderId } = await uploaded(3);
  const working = worker();
  working.ready(1);
  const lease = await working.lease();
  expect(lease).toMatchObject({
    material: { code: "PLA" },
    finish: { code: "RAW" },
    currency: "RUB",
    leaseMs: 15_000,
    modelSizeBytes: 684n,
  });
  working.done(lease, 50_000n);
  expect(await working.next()).toMatchObject({ $case: "confirmed", value: { leaseMs: 0 } });
  const { price } = await run.until(orderId, OrderStatus.ORDER_STATUS_PRICED);
  expect(price).toMatchObject({
    unitMinor: 50_000n,
    totalMinor: 150_000n,
    currency: "RUB",
    priceBookVersion: 1,
    geometry: { volumeMm3: 1_000, watertight: true },
  });
  const days = ((price?.validUntil?.getTime() ?? 0) - Date.now()) / 86_400_000;
  expect(days).toBeCloseTo(14, 1);
});

test("orders that wait for the same calculation are priced by it together, and a later one at once", async () => {
  const waiting = [await uploaded(), await uploaded(2)];
  const working = worker();
  working.ready(2);
  working.done(await working.lease());
  await working.next();
  for (const { orderId } of waiting) await run.until(orderId, OrderStatus.ORDER_STATUS_PRICED);
  const late = await uploaded();
  await run.until(late.orderId, OrderStatus.ORDER_STATUS_PRICED);
});

test("the price belongs to the trace of its upload", async () => {
  const { orderId } = await uploaded();
  const working = worker();
  working.ready(1);
  const lease = await working.lease();
  working.done(lease);
  await run.until(orderId, OrderStatus.ORDER_STATUS_PRICED);
  const rows = await run.db.query<{ status: string; headers: Record<string, string> }>(
    "SELECT status, headers FROM order_event WHERE order_id = $1 AND version > 1 ORDER BY version",
    [orderId],
  );
  const traces = rows.map(({ headers }) => headers["traceparent"]?.split("-")[1]);
  expect(traces).toHaveLength(2);
  expect(traces[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set([...traces, lease.traceContext["traceparent"]?.split("-")[1]]).size).toBe(1);
});

test("a failure of the model itself is kept, and ends the order in PRICING_FAILED", async () => {
  const { orderId } = await uploaded();
  const working = worker();
  working.ready(1);
  working.failed(await working.lease(), "NOT_WATERTIGHT", true);
  const failed = await run.until(orderId, OrderStatus.ORDER_STATUS_PRICING_FAILED);
  expect(failed.failure).toMatchObject({ reason: "NOT_WATERTIGHT" });
  const again = await run.upload(failed, cubeStl(edge));
  await run.until(again.orderId, OrderStatus.ORDER_STATUS_PRICING_FAILED);
});

test("failures that may be chance are tried again, end in TRIES_EXHAUSTED, and are no answer for the next upload", async () => {
  const { orderId } = await uploaded();
  const working = worker();
  working.ready(1);
  for (const attempt of [1, 2]) {
    const lease = await working.lease();
    expect(lease.fence).toBe(BigInt(attempt));
    working.failed(lease, "OUT_OF_MEMORY", false);
    expect(await working.next()).toMatchObject({ $case: "confirmed" });
    working.ready(attempt === 1 ? 1 : 0);
  }
  const failed = await run.until(orderId, OrderStatus.ORDER_STATUS_PRICING_FAILED);
  expect(failed.failure).toMatchObject({ reason: "TRIES_EXHAUSTED" });
  await run.upload(failed, cubeStl(edge));
  working.ready(1);
  working.done(await working.lease());
  await run.until(orderId, OrderStatus.ORDER_STATUS_PRICED);
});

test("a job that is given back goes to another worker, whose predecessor then hears that it lost", async () => {
  const { orderId } = await uploaded();
  const leaving = worker();
  leaving.ready(1);
  const { jobId, fence } = await leaving.lease();
  leaving.ready(0);
  leaving.say({ $case: "returned", value: { jobId, fence } });
  expect(await leaving.next()).toMatchObject({ $case: "confirmed" });
  const staying = worker();
  staying.ready(1);
  const lease = await staying.lease();
  expect(lease).toMatchObject({ jobId, fence: fence + 1n });
  leaving.say({ $case: "progress", value: { jobId, fence, progress: 0.9 } });
  expect(await leaving.next()).toMatchObject({ $case: "lost", value: { jobId, fence } });
  staying.done(lease);
  await run.until(orderId, OrderStatus.ORDER_STATUS_PRICED);
});

test("a lease outlives its stream", async () => {
  const { orderId } = await uploaded();
  const first = worker();
  first.ready(1);
  const lease = await first.lease();
  await first.close();
  const second = worker();
  second.say({ $case: "progress", value: { jobId: lease.jobId, fence: lease.fence, progress: 0.5 } });
  expect(await second.next()).toMatchObject({ $case: "confirmed", value: { leaseMs: 15_000 } });
  second.done(lease);
  await run.until(orderId, OrderStatus.ORDER_STATUS_PRICED);
});

test("a lease that a worker has not spoken of when it ends its stream goes back, and no try is counted", async () => {
  await uploaded();
  const leaving = worker();
  leaving.ready(1);
  const { jobId, fence } = await leaving.lease();
  leaving.end();
  const next = worker();
  next.ready(1);
  expect(await next.lease()).toMatchObject({ jobId, fence: fence + 1n });
  const { tries } = await run.db.one<{ tries: number }>("SELECT tries FROM pricing_job WHERE job_id = $1", [
    jobId,
  ]);
  expect(tries).toBe(0);
});

test("a worker without free slots is given nothing", async () => {
  await uploaded();
  const working = worker();
  working.ready(0);
  await expect(working.next(500)).rejects.toThrow("says nothing");
  working.ready(1);
  await working.lease();
});

test("a worker that tells of its slots while leases are on their way is not given more than it has", async () => {
  for (let i = 0; i < 4; i++) {
    await uploaded();
    edge += 1;
  }
  const working = worker();
  working.ready(2);
  await working.lease();
  // Said before the second lease has come, as a real worker does.
  working.ready(1);
  await working.lease();
  working.ready(0);
  await expect(working.next(500)).rejects.toThrow("says nothing");
});

test("a calculation that nobody waits for any more is not done; the next order has it queued again", async () => {
  const order = await uploaded();
  const working = worker();
  working.ready(1);
  const lease = await working.lease();
  await cancel(order);
  working.done(lease);
  expect(await working.next()).toMatchObject({ $case: "lost", value: { jobId: lease.jobId } });
  const next = await uploaded();
  working.ready(1);
  const again = await working.lease();
  expect(again).toMatchObject({ jobId: lease.jobId, fence: lease.fence + 1n });
  working.done(again);
  await run.until(next.orderId, OrderStatus.ORDER_STATUS_PRICED);
  const { order: cancelled } = await run.mes.getOrder({ orderId: order.orderId }, { metadata: run.anna });
  expect(cancelled).toMatchObject({
    version: 3,
    status: OrderStatus.ORDER_STATUS_CANCELLED,
    failure: { reason: "CANCELLED_BY_CUSTOMER", message: "changed my mind" },
  });
});

test("a calculation goes on when one of two orders that wait for it is cancelled", async () => {
  const [leaving, staying] = [await uploaded(), await uploaded()];
  const working = worker();
  working.ready(1);
  const lease = await working.lease();
  await cancel(leaving);
  working.done(lease);
  expect(await working.next()).toMatchObject({ $case: "confirmed" });
  await run.until(staying.orderId, OrderStatus.ORDER_STATUS_PRICED);
  await run.until(leaving.orderId, OrderStatus.ORDER_STATUS_CANCELLED);
});

test("owners take turns: many models of one do not stand before the first of another", async () => {
  const hashes: string[] = [];
  for (const as of [run.anna, run.anna, run.anna, run.boris]) {
    const { model } = await run.upload(await run.create(as), cubeStl((edge += 1)), { as });
    hashes.push(model?.sha256 ?? "");
  }
  const working = worker();
  working.ready(4);
  const leased = [];
  for (let i = 0; i < 4; i++) leased.push((await working.lease()).modelSha256);
  expect(leased.map((hash) => hashes.indexOf(hash))).toEqual([0, 3, 1, 2]);
});

test("an order that CRM gives back is priced again, for what is wanted now", async () => {
  const { orderId } = await uploaded();
  const working = worker();
  working.ready(1);
  working.done(await working.lease());
  const priced = await run.until(orderId, OrderStatus.ORDER_STATUS_PRICED);
  await working.next();
  const specification = { material: "STEEL", finish: "POLISHED", quantity: 2 };
  await run.holders.move(priced, OrderStatus.ORDER_STATUS_MODEL_UPLOADED, {
    specification,
    price: undefined,
  });
  working.ready(1);
  const lease = await working.lease();
  expect(lease).toMatchObject({ material: { code: "STEEL" }, finish: { code: "POLISHED" } });
  working.done(lease, 70_000n);
  const again = await run.until(orderId, OrderStatus.ORDER_STATUS_PRICED);
  expect(again).toMatchObject({ version: 5, price: { totalMinor: 140_000n } });
});

test("a calculation is watched from the queue to its price", async () => {
  const { orderId } = await uploaded();
  const watching = watched(orderId);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const working = worker();
  working.ready(1);
  const lease = await working.lease();
  working.say({ $case: "progress", value: { jobId: lease.jobId, fence: lease.fence, progress: 0.5 } });
  await working.next();
  await new Promise((resolve) => setTimeout(resolve, 500));
  working.done(lease);
  const seen = await watching;
  expect(seen[0]).toMatchObject({ state: CalculationState.CALCULATION_STATE_QUEUED, progress: 0 });
  expect(seen).toContainEqual(
    expect.objectContaining({ state: CalculationState.CALCULATION_STATE_RUNNING, progress: 0.5 }),
  );
  expect(seen.at(-1)).toMatchObject({
    state: CalculationState.CALCULATION_STATE_DONE,
    progress: 1,
    price: { totalMinor: 50_000n },
  });
});

test("watching ends with a cancellation, and there is nothing to watch before an upload", async () => {
  const order = await uploaded();
  const watching = watched(order.orderId);
  await cancel(order);
  expect((await watching).at(-1)).toMatchObject({ state: CalculationState.CALCULATION_STATE_CANCELLED });
  const created = await run.create();
  await expect(watched(created.orderId)).rejects.toMatchObject({ reason: "NO_CALCULATION" });
  const foreign = await run.create(run.boris);
  await expect(watched(foreign.orderId)).rejects.toMatchObject({ reason: "ORDER_NOT_FOUND" });
});

test("an order that cannot be moved on to its price holds up no other", async () => {
  const stuck = await uploaded();
  edge += 1;
  const other = await uploaded();
  const failure = { kind: "failed", failure: { reason: "NOT_WATERTIGHT", message: "" } };
  const end = (order: Order, result: unknown) =>
    run.db.execute(
      `UPDATE pricing_job SET state = 'failed', result = $2
       WHERE job_id = (SELECT job_id FROM pricing_attachment WHERE order_id = $1)`,
      [order.orderId, JSON.stringify(result)],
    );
  await end(stuck, null);
  await end(other, failure);
  await run.until(other.orderId, OrderStatus.ORDER_STATUS_PRICING_FAILED);
  expect(await run.host.metric("pricing_completion_failures_total")).toBeGreaterThan(0);
  await end(stuck, failure);
  await run.until(stuck.orderId, OrderStatus.ORDER_STATUS_PRICING_FAILED);
});

test("of a failure no more is kept than a thousand characters", async () => {
  const { orderId } = await uploaded();
  const working = worker();
  working.ready(1);
  const { jobId, fence } = await working.lease();
  const failure = { reason: "MALFORMED", message: "x".repeat(2_000) };
  working.say({ $case: "failed", value: { jobId, fence, failure, deterministic: true } });
  expect(await working.next()).toMatchObject({ $case: "confirmed" });
  const { failure: told } = await run.until(orderId, OrderStatus.ORDER_STATUS_PRICING_FAILED);
  expect(told).toEqual({ reason: "MALFORMED", message: "x".repeat(1_000) });
});

test("a failure with a text that no database takes is refused at the door, by its field", async () => {
  const working = worker();
  const failure = { reason: "MALFORMED", message: "object \0 is missing" };
  working.say({ $case: "failed", value: { jobId: randomUUID(), fence: 1n, failure, deterministic: true } });
  await expect(working.next()).rejects.toMatchObject({
    category: "invalid_argument",
    message: expect.stringContaining("failed.failure.message: must not hold the character U+0000"),
  });
});

test("a material that the price book has dropped since the order ends in PRICING_FAILED", async () => {
  const order = await run.create(run.anna, { material: "GOLD" });
  await run.db.execute(
    `INSERT INTO price_book (version, currency, machine_minor_per_hour, setup_minor, minimum_minor)
     SELECT 2, currency, machine_minor_per_hour, setup_minor, minimum_minor FROM price_book WHERE version = 1`,
  );
  await run.upload(order, cubeStl(edge));
  const failed = await run.until(order.orderId, OrderStatus.ORDER_STATUS_PRICING_FAILED);
  expect(failed.failure).toMatchObject({ reason: "UNKNOWN_MATERIAL" });
});
