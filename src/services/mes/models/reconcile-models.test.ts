import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Database } from "../../../platform/postgres";
import type { ObjectStore } from "../../../platform/s3";
import {
  createTestHost,
  testDatabase,
  type TestDatabase,
  type TestHost,
  testS3,
  until,
} from "../../../platform/testing";
import { mesMigrations } from "../store/migrations";
import { deleteOrphan, orphanModels } from "./compare-models";
import { startModelReconciler } from "./reconcile-models";

let database: TestDatabase;
let host: TestHost;
let db: Database;
let store: ObjectStore;

beforeAll(async () => {
  database = await testDatabase(mesMigrations);
  host = createTestHost("mes");
  db = await database.open(host);
  store = await (await testS3()).open(host);
});
afterAll(async () => {
  await host?.close();
  await database?.drop();
});

const hashOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const put = async (bytes: Buffer) => {
  const sha256 = hashOf(bytes);
  await store.put(`models/${sha256}`, bytes, { length: bytes.length });
  return sha256;
};
/** As the trigger wants it: the event first, in the row's transaction. */
const order = (sha256: string, sizeBytes: number) =>
  db.transaction(async (tx) => {
    const orderId = randomUUID();
    await tx.execute(
      `INSERT INTO order_event (order_id, version, event_id, status, source, origin, value, headers, occurred_at)
       VALUES ($1, 1, gen_random_uuid(), 'CREATED', 'MES', 'local', '', '{}', now())`,
      [orderId],
    );
    await tx.execute(
      `INSERT INTO orders (order_id, version, status, owner_id, material, operator_id, snapshot, created_at, updated_at)
       VALUES ($1, 1, 'CREATED', '', '', '', $2, now(), now() - interval '1 minute')`,
      [orderId, JSON.stringify({ model: { sha256, sizeBytes: String(sizeBytes) } })],
    );
  });
const gauge = (kind: string) => host.metric("reconciliation_disagreements", { kind });

test("a model that is gone, one of another size and an object of nobody are found; what is whole is not; what comes back is settled", async () => {
  const [whole, short, gone, orphan] = [10, 20, 30, 40].map((size) => randomBytes(size)) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  await order(await put(whole), 10);
  await order(await put(short), 21);
  await order(hashOf(gone), 30);
  const lonely = await put(orphan);
  const bounds = { everyMs: 200, boundMs: 100, leaveMs: 0, graceMs: 0, listMs: 300 };
  const reconciler = startModelReconciler(host, { db, store, ...bounds });
  expect([await gauge("model_missing"), await gauge("model_orphan")]).toEqual([0, 0]);
  await until(
    async () => (await gauge("model_missing")) === 2 && (await gauge("model_orphan")) === 1,
    30_000,
  );
  await put(gone);
  await until(async () => (await gauge("model_missing")) === 1, 30_000);
  expect(await orphanModels(db, store, 0)).toMatchObject([{ sha256: lonely }]);
  expect(await orphanModels(db, store, 3_600_000)).toEqual([]);
  expect(await deleteOrphan(db, store, hashOf(whole))).toBe(false);
  expect(await deleteOrphan(db, store, lonely)).toBe(true);
  await until(async () => (await gauge("model_orphan")) === 0, 30_000);
  await reconciler.close();
}, 120_000);
