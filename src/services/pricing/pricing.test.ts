import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ModelFormat, type Order, OrderStatus } from "../../gen/alexandrite/order/v1/order";
import { createTestHost, type TestHost } from "../../platform/testing";
import { startMesWorker } from "../mes/mes-worker";
import { type RunningMes, runMes } from "../mes/testing/running-mes";
import { loadPricingConfig, type PricingConfig } from "./config";
import { binaryStlOf, cubeTriangles, type Triangles } from "./geometry/testing";
import { startPricing } from "./pricing";
import { childProcesses, childrenGone, nextChild, processEnded } from "./testing/child-processes";

const root = join(__dirname, "../../..");
const sample = (name: string): Buffer => readFileSync(join(root, "samples", name));
const leaseMs = 1_000;

let run: RunningMes;
/** The workers' door, which tests close and open again. */
let door: TestHost | undefined;
let doorPort = 0;
let workers: TestHost[] = [];
let doomed: ChildProcess | undefined;
/** Every test has models of its own: a price that is there already asks no worker. */
let edge = 20;

beforeAll(async () => {
  run = await runMes({ PRICING_LEASE_MS: String(leaseMs), PRICING_MAX_TRIES: "3" });
  await openDoor();
});
afterAll(async () => {
  await door?.close();
  await run?.close();
});
beforeEach(() => (edge += 1));
afterEach(async () => {
  doomed?.kill("SIGKILL");
  await Promise.all(workers.map((host) => host.close()));
  workers = [];
  await childrenGone();
});

async function openDoor(): Promise<void> {
  door = createTestHost("mes-worker");
  const { grpc, ...rest } = run.config;
  ({ port: doorPort } = await startMesWorker(door, {
    ...rest,
    grpc: { ...grpc, port: doorPort, drainMs: 200 },
  }));
}

const environment = (): Record<string, string> => ({
  S3_ENDPOINT: run.config.s3.endpoint,
  S3_BUCKET: run.config.s3.bucket,
  S3_ACCESS_KEY_ID: run.config.s3.accessKeyId,
  S3_SECRET_ACCESS_KEY: run.config.s3.secretAccessKey,
  SERVICE_KEY: run.config.identity.serviceKey,
  MES_WORKER_ADDRESS: `127.0.0.1:${doorPort}`,
});
async function startWorker(changes: Partial<PricingConfig> = {}): Promise<TestHost> {
  const host = createTestHost("pricing");
  workers.push(host);
  await startPricing(host, { ...loadPricingConfig(environment()), ...changes });
  return host;
}

const cube = (): Buffer => binaryStlOf(cubeTriangles(edge));
/** Cubes side by side: takes a worker a second or so. */
function manyCubes(): Buffer {
  const triangles: Triangles[number][] = [];
  for (let n = 0; n < 25_000; n++) triangles.push(...cubeTriangles(1 + edge / 100, [3 * n, 0, 0]));
  return binaryStlOf(triangles);
}
const upload = async (model: Buffer, format = ModelFormat.MODEL_FORMAT_STL): Promise<Order> =>
  run.upload(await run.create(), model, { header: { format }, chunk: 500_000 });

type JobRow = { state: string; fence: number; tries: number };
const jobOf = ({ orderId }: Order): Promise<JobRow> =>
  run.db.one<JobRow>(
    `SELECT j.state, j.fence, j.tries FROM pricing_job j JOIN pricing_attachment a USING (job_id)
     WHERE a.order_id = $1 ORDER BY a.version DESC LIMIT 1`,
    [orderId],
  );
async function running(order: Order): Promise<void> {
  for (const giveUpAt = Date.now() + 20_000; (await jobOf(order)).state !== "running";) {
    if (Date.now() > giveUpAt) throw new Error("No worker took the job.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const priced = ({ orderId }: Order) => run.until(orderId, OrderStatus.ORDER_STATUS_PRICED);
const refused = ({ orderId }: Order) => run.until(orderId, OrderStatus.ORDER_STATUS_PRICING_FAILED);

test("a model gets the same price in every format", async () => {
  await startWorker({ slots: 2 });
  const orders = [
    await upload(sample("bracket.stl")),
    await upload(sample("bracket.ascii.stl")),
    await upload(sample("bracket.obj"), ModelFormat.MODEL_FORMAT_OBJ),
    await upload(sample("bracket.3mf"), ModelFormat.MODEL_FORMAT_3MF),
  ];
  const prices = [];
  for (const order of orders) prices.push((await priced(order)).price);
  expect(prices[0]?.geometry?.watertight).toBe(true);
  const lines = prices.map((price) => [price?.totalMinor, price?.materialMinor, price?.machineMinor]);
  expect(new Set(lines.map(String)).size).toBe(1);
});

test("a model that cannot be priced ends its order in PRICING_FAILED with the reason, once for all", async () => {
  const worker = await startWorker();
  const nan = cube();
  nan.writeFloatLE(Number.NaN, 84 + 12);
  expect((await refused(await upload(nan))).failure?.reason).toBe("NOT_FINITE");
  const open = binaryStlOf(cubeTriangles(edge).slice(2));
  expect((await refused(await upload(open))).failure?.reason).toBe("NOT_WATERTIGHT");
  expect((await refused(await upload(open))).failure?.reason).toBe("NOT_WATERTIGHT");
  expect(await worker.metric("pricing_worker_jobs_total", { outcome: "not_watertight" })).toBe(1);
});

test("a calculation that is killed is done again, under a higher fence, and counts as a failure", async () => {
  await startWorker();
  const order = await upload(manyCubes());
  process.kill(await nextChild(), "SIGKILL");
  await priced(order);
  expect(await jobOf(order)).toMatchObject({ state: "done", fence: 2, tries: 1 });
});

test("a model that kills every calculation is given up after its tries", async () => {
  // Less than a calculation takes before it has read a byte.
  await startWorker({ limits: { memoryMb: 20, stallMs: 20_000, totalMs: 20_000 } });
  const order = await upload(manyCubes());
  expect((await refused(order)).failure).toMatchObject({
    reason: "TRIES_EXHAUSTED",
    message: expect.stringMatching(/3 times.*(TOO_MUCH_MEMORY|CRASHED)/),
  });
  expect(await jobOf(order)).toMatchObject({ state: "failed", fence: 3, tries: 3 });
});

test("a worker that dies leaves its job to another, and no calculation behind", async () => {
  const main = join(root, "dist/services/pricing/main.js");
  const env = { PATH: process.env["PATH"], ADMIN_PORT: "0", LOG_LEVEL: "error", ...environment() };
  doomed = spawn(process.execPath, [main], { env, stdio: "ignore" });
  const order = await upload(manyCubes());
  await running(order);
  const calculation = await nextChild(doomed.pid);
  doomed.kill("SIGKILL");
  await once(doomed, "exit");
  await startWorker();
  await priced(order);
  expect(await jobOf(order)).toMatchObject({ state: "done", fence: 2, tries: 1 });
  await expect(processEnded(calculation)).resolves.toBeUndefined();
});

test("a calculation outlives MES: its lease lapsed, nobody took it, and the price is the one it found", async () => {
  await startWorker();
  const order = await upload(manyCubes());
  // A lease that the worker has not heard of yet would be given back.
  await nextChild();
  await door?.close();
  await new Promise((resolve) => setTimeout(resolve, 2 * leaseMs));
  await openDoor();
  await priced(order);
  expect(await jobOf(order)).toMatchObject({ state: "done", fence: 1, tries: 0 });
});

test("a worker that stops gives its job back: another has it at once, and nothing has failed", async () => {
  const stopping = await startWorker();
  const order = await upload(manyCubes());
  await running(order);
  await stopping.close();
  workers = [];
  await startWorker();
  await priced(order);
  expect(await jobOf(order)).toMatchObject({ state: "done", tries: 0 });
});

test("a cancelled order ends its calculation; whoever asks the same next is served", async () => {
  await startWorker();
  const model = manyCubes();
  const { orderId, version } = await upload(model);
  const calculation = await nextChild();
  await run.mes.cancelOrder(
    { orderId, expectedVersion: version, commandId: "", reason: "" },
    { metadata: run.anna },
  );
  for (let i = 0; i < 200 && childProcesses().includes(calculation); i++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  expect(childProcesses()).not.toContain(calculation);
  await priced(await upload(model));
});

test("from upload to PRICED is one trace, over MES, the worker and back", async () => {
  const worker = await startWorker();
  worker.clear();
  const order = await upload(cube());
  await priced(order);
  const of = (name: string) => worker.spans().filter((span) => span.name === name);
  const [calculation] = of("pricing.calculate");
  const traceId = calculation?.spanContext().traceId;
  const completed = of("pricing.complete").filter((span) => span.attributes["order.id"] === order.orderId);
  expect(completed.map((span) => span.spanContext().traceId)).toContain(traceId);
  const [event] = await run.db.query<{ headers: Record<string, string> }>(
    "SELECT headers FROM order_event WHERE order_id = $1 AND status = 'PRICED'",
    [order.orderId],
  );
  expect(event?.headers["traceparent"]?.split("-")[1]).toBe(traceId);
});
