import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { Database } from "../../platform/postgres";
import type { ObjectStore } from "../../platform/s3";
import {
  createTestHost,
  testDatabase,
  type TestDatabase,
  type TestHost,
  testS3,
} from "../../platform/testing";
import { mesMigrations } from "../../services/mes/store/migrations";
import { reconcile } from "./reconcile";

let database: TestDatabase;
let host: TestHost;
let db: Database;
let store: ObjectStore;

beforeAll(async () => {
  database = await testDatabase(mesMigrations);
  host = createTestHost("reconcile");
  db = await database.open(host);
  store = await (await testS3()).open(host);
});
afterAll(async () => {
  await host?.close();
  await database?.drop();
});

const elsewhere = () => Promise.reject(new Error("not here"));

async function run(...argv: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const sources = {
    database: async () => db,
    kafka: elsewhere,
    store: async () => store,
    provider: elsewhere,
    topic: "none",
  };
  const bounds = ["--only", "models", "--bound", "0", "--grace", "0"];
  const code = await reconcile([...bounds, ...argv], { sources, print: (line) => lines.push(line) });
  return { code, text: lines.join("\n") };
}

const put = async (bytes: Buffer): Promise<string> => {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await store.put(`models/${sha256}`, bytes, { length: bytes.length });
  return sha256;
};

/** As the trigger wants it: the event first, in the row's transaction. */
async function orderOf(sha256: string, sizeBytes: number): Promise<string> {
  const orderId = randomUUID();
  await db.transaction(async (tx) => {
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
  return orderId;
}

test("a model that is gone is told, an object of nobody is deleted on demand, and what is named stays", async () => {
  const whole = await put(randomBytes(10));
  await orderOf(whole, 10);
  expect(await run()).toMatchObject({ code: 0 });

  const gone = "0".repeat(64);
  const robbed = await orderOf(gone, 30);
  const orphan = await put(randomBytes(20));
  const found = await run();
  expect(found.code).toBe(1);
  expect(found.text).toMatch(new RegExp(`model_missing +${robbed} .*names model ${gone} of 30 bytes`));
  expect(found.text).toMatch(new RegExp(`model_orphan +${orphan} .*can be repaired`));
  expect(found.text).not.toContain(whole);

  const mended = await run("--repair");
  expect(mended.text).toContain(`repair  model_orphan  ${orphan}: the object is deleted`);
  expect(mended.text).toContain("1 disagreements are left.");
  expect(mended.code).toBe(1);
  await expect(store.head(`models/${orphan}`)).rejects.toMatchObject({ category: "not_found" });
  await store.head(`models/${whole}`);
});
