import { randomUUID } from "node:crypto";
import type { Order } from "../../../gen/alexandrite/order/v1/order";
import { LengthUnit, ModelFormat } from "../../../gen/alexandrite/order/v1/order";
import { type RunningMes, runMes } from "../testing/running-mes";
import { attach } from "./attach";
import { createJobQueue, type JobQueue } from "./queue";

let run: RunningMes;
let queue: JobQueue;

beforeAll(async () => {
  // A thousand jobs that nobody works on are a long wait by estimate; here nobody is to be refused for it.
  run = await runMes({ PRICING_PARTNER_WAIT_S: "1000000", PRICING_CUSTOMER_WAIT_S: "1000000" });
  queue = createJobQueue(run.db, { leaseMs: 60_000, maxTries: 3 });
});
afterAll(() => run?.close());
beforeEach(async () => {
  await run.db.execute("DELETE FROM pricing_attachment");
  await run.db.execute("DELETE FROM pricing_job");
});

/** Asks for the prices of so many new models, as uploads do: one order's versions stand for as many orders. */
async function ask(order: Order, count: number): Promise<void> {
  for (let version = 1; version <= count; version++) {
    const model = {
      sha256: randomUUID(),
      format: ModelFormat.MODEL_FORMAT_STL,
      unit: LengthUnit.LENGTH_UNIT_MILLIMETER,
      sizeBytes: 684n,
      fileName: "",
    };
    await run.db.transaction((tx) => attach(tx, { ...order, version, model }));
  }
}
/** Lengthens the row of the only owner there is, turn by turn, to so many jobs. */
async function askMore(count: number): Promise<void> {
  const rows = await run.db.query<{ turn: number }>("SELECT turn FROM pricing_job ORDER BY turn");
  expect(rows.map(({ turn }) => turn)).toEqual([0, 1]);
  await run.db.execute(
    `INSERT INTO pricing_job (model_sha256, format, unit, material, finish, price_book_version, model_size_bytes, trace, owner_id, owner_kind, turn)
     SELECT gen_random_uuid()::text, format, unit, material, finish, price_book_version, model_size_bytes, trace, owner_id, owner_kind, n
     FROM pricing_job, generate_series(2, $1 - 1) n WHERE turn = 0`,
    [count],
  );
}
async function claimedOwners(count: number): Promise<string[]> {
  const owners = [];
  for (let i = 0; i < count; i++) {
    const job = await queue.claim("worker");
    const { owner_id } = await run.db.one<{ owner_id: string }>(
      "SELECT owner_id FROM pricing_job WHERE job_id = $1",
      [job?.job_id],
    );
    owners.push(owner_id);
  }
  return owners;
}

test("a thousand jobs of a partner delay a customer's one by one turn at most, whenever it comes", async () => {
  const partners = await run.create(run.partner);
  const [anna, boris] = [await run.create(run.anna), await run.create(run.boris)];
  const flood = partners.owner?.id ?? "";
  await ask(partners, 2);
  await askMore(1_000);
  await ask(anna, 1);
  expect(await claimedOwners(2)).toEqual([flood, "anna"]);
  // Far into the flood it is the same.
  expect(new Set(await claimedOwners(30))).toEqual(new Set([flood]));
  await ask(boris, 1);
  const next = await claimedOwners(2);
  expect(next.sort()).toEqual([flood, "boris"].sort());
});

test("owners with many jobs each take turns one for one", async () => {
  const orders = [await run.create(run.partner), await run.create(run.anna), await run.create(run.boris)];
  for (const order of orders) await ask(order, 20);
  const owners = await claimedOwners(30);
  for (let turn = 0; turn < 10; turn++) {
    expect(new Set(owners.slice(turn * 3, turn * 3 + 3)).size).toBe(3);
  }
});
