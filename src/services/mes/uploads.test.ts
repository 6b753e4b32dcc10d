import { createHash, randomUUID } from "node:crypto";
import { ModelFormat, type Order, OrderStatus } from "../../gen/alexandrite/order/v1/order";
import { cubeStl } from "./testing/models";
import { type RunningMes, runMes, type UploadOptions } from "./testing/running-mes";

const maxBytes = 100_000;

let run: RunningMes;
beforeAll(async () => {
  run = await runMes({ MAX_MODEL_BYTES: String(maxBytes) });
});
afterAll(() => run?.close());
afterEach(async () => expect(await run.spooled()).toEqual([]));

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const orderOf = async ({ orderId }: Order) =>
  (await run.mes.getOrder({ orderId }, { metadata: run.anna })).order;
const failure = (reason: string, category = "invalid_argument") =>
  expect.objectContaining({ reason, category });

test("an upload stores the model under its hash and moves its order to MODEL_UPLOADED", async () => {
  const model = cubeStl(10);
  const order = await run.upload(await run.create(), model, {
    header: { sizeBytes: BigInt(model.length), sha256: sha256(model) },
    chunk: 100,
  });
  expect(order).toMatchObject({
    version: 2,
    status: OrderStatus.ORDER_STATUS_MODEL_UPLOADED,
    model: { sha256: sha256(model), sizeBytes: 684n, fileName: "cube.stl" },
  });
  expect(await run.objects()).toContain(`models/${sha256(model)}`);
});

test("the same model twice is stored once and calculated once", async () => {
  const model = cubeStl(11);
  await run.upload(await run.create(), model);
  const before = await run.objects();
  const second = await run.upload(await run.create(run.boris), model, { as: run.boris });
  expect(second.status).toBe(OrderStatus.ORDER_STATUS_MODEL_UPLOADED);
  expect(await run.objects()).toEqual(before);
  const jobs = await run.db.query("SELECT 1 AS one FROM pricing_job WHERE model_sha256 = $1", [
    sha256(model),
  ]);
  expect(jobs).toHaveLength(1);
});

const refusals: [string, Buffer, string, NonNullable<UploadOptions["header"]>][] = [
  ["that is empty", Buffer.alloc(0), "EMPTY_MODEL", {}],
  ["that announces no triangle", cubeStl(10, { announced: 0, bytes: 84 }), "EMPTY_MODEL", {}],
  ["cut off in its header", cubeStl(10, { bytes: 60 }), "TRUNCATED", {}],
  ["cut off in a triangle", cubeStl(10, { bytes: 300 }), "TRUNCATED", {}],
  [
    "that lies about its triangles",
    cubeStl(10, { announced: 4_000_000, bytes: 684 }),
    "TRIANGLE_COUNT_MISMATCH",
    {},
  ],
  ["with more than it announces", cubeStl(10, { announced: 3 }), "TRIANGLE_COUNT_MISMATCH", {}],
  ["that is no 3MF", cubeStl(10), "FORMAT_MISMATCH", { format: ModelFormat.MODEL_FORMAT_3MF }],
  ["that is no OBJ", cubeStl(10), "FORMAT_MISMATCH", { format: ModelFormat.MODEL_FORMAT_OBJ }],
  ["that is no STL", Buffer.from("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n".repeat(50)), "FORMAT_MISMATCH", {}],
  ["over the limit", Buffer.alloc(maxBytes + 1), "TOO_LARGE", {}],
  ["announced over the limit", cubeStl(10), "TOO_LARGE", { sizeBytes: BigInt(maxBytes + 1) }],
  ["of another size than announced", cubeStl(10), "SIZE_MISMATCH", { sizeBytes: 685n }],
  ["of another hash than announced", cubeStl(10), "CHECKSUM_MISMATCH", { sha256: "0".repeat(64) }],
];

test.each(refusals)(
  "a model %s is refused, and nothing of it is kept",
  async (_what, model, reason, header) => {
    const order = await run.create();
    const before = await run.objects();
    await expect(run.upload(order, model, { header })).rejects.toEqual(failure(reason));
    expect(await run.objects()).toEqual(before);
    expect(await orderOf(order)).toEqual(order);
    expect(await run.host.metric("model_uploads_total", { outcome: reason.toLowerCase() })).toBeGreaterThan(
      0,
    );
  },
);

test("an upload that breaks off half way leaves no object and no file, and the order as it was", async () => {
  const order = await run.create();
  const before = await run.objects();
  const hangUp = new AbortController();
  async function* half() {
    const { orderId, version } = order;
    const header = { orderId, expectedVersion: version, format: ModelFormat.MODEL_FORMAT_STL };
    yield { part: { $case: "header" as const, value: { ...emptyHeader, ...header } } };
    yield { part: { $case: "chunk" as const, value: cubeStl(12).subarray(0, 400) } };
    setTimeout(() => hangUp.abort(), 100);
    await new Promise(() => undefined);
  }
  await expect(
    run.mes.uploadModel(half(), { metadata: run.anna, signal: hangUp.signal }),
  ).rejects.toBeDefined();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await run.spooled()).toEqual([]);
  expect(await run.objects()).toEqual(before);
  expect(await orderOf(order)).toEqual(order);
});

test("a repeated command answers as the first did, whatever has become of the order since", async () => {
  const order = await run.create();
  const commandId = randomUUID();
  const first = await run.upload(order, cubeStl(13), { header: { commandId } });
  await run.mes.cancelOrder(
    { orderId: order.orderId, expectedVersion: first.version, commandId: "", reason: "" },
    { metadata: run.anna },
  );
  expect(await run.upload(order, cubeStl(13), { header: { commandId } })).toEqual(first);
});

test("a stale version and a wrong status are refused before the bytes are read", async () => {
  const order = await run.create();
  const uploaded = await run.upload(order, cubeStl(14));
  await expect(run.upload(order, cubeStl(15))).rejects.toEqual(failure("VERSION_MISMATCH", "aborted"));
  await expect(run.upload(uploaded, cubeStl(15))).rejects.toEqual(
    failure("ILLEGAL_TRANSITION", "failed_precondition"),
  );
  expect(await run.objects()).not.toContain(`models/${sha256(cubeStl(15))}`);
});

test("a foreign order is refused like a missing one", async () => {
  const order = await run.create(run.boris);
  await expect(run.upload(order, cubeStl(16))).rejects.toEqual(failure("ORDER_NOT_FOUND", "not_found"));
  await expect(run.upload({ ...order, orderId: randomUUID() }, cubeStl(16))).rejects.toEqual(
    failure("ORDER_NOT_FOUND", "not_found"),
  );
});

test("an upload begins with one header", async () => {
  const noHeader = async function* () {
    yield { part: { $case: "chunk" as const, value: cubeStl(10) } };
  };
  await expect(run.mes.uploadModel(noHeader(), { metadata: run.anna })).rejects.toEqual(failure("NO_HEADER"));
});

const emptyHeader = {
  commandId: "",
  unit: "LENGTH_UNIT_UNSPECIFIED" as never,
  fileName: "cube.stl",
  sizeBytes: 0n,
  sha256: "",
};
