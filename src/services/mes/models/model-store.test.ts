import { createHash, randomBytes, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { Database } from "../../../platform/postgres";
import type { ObjectStore } from "../../../platform/s3";
import {
  createTestHost,
  testDatabase,
  type TestDatabase,
  type TestHost,
  testS3,
} from "../../../platform/testing";
import { mesMigrations } from "../store/migrations";
import { createModelStore, type ModelStore } from "./model-store";
import type { SpooledModel } from "./spool";

let database: TestDatabase;
let host: TestHost;
let db: Database;
let store: ObjectStore;
let models: ModelStore;

beforeAll(async () => {
  database = await testDatabase(mesMigrations);
  host = createTestHost("mes");
  db = await database.open(host);
  store = await (await testS3()).open(host);
  models = createModelStore(host, { db, store });
});
afterAll(async () => {
  await host?.close();
  await database?.drop();
});

function spooled(bytes = randomBytes(500)): SpooledModel & { bytes: Buffer } {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return {
    bytes,
    sha256,
    sizeBytes: bytes.length,
    read: () => Readable.from([bytes]),
    remove: async () => undefined,
  };
}
const isStored = ({ sha256 }: SpooledModel): Promise<boolean> =>
  store.head(`models/${sha256}`).then(
    () => true,
    () => false,
  );
const stateOf = async ({ sha256 }: SpooledModel) =>
  (await db.maybeOne<{ state: string }>("SELECT state FROM model WHERE sha256 = $1", [sha256]))?.state;
const hold = ({ sha256 }: SpooledModel) => db.transaction((tx) => models.hold(tx, sha256));
const age = ({ sha256 }: SpooledModel) =>
  db.execute("UPDATE model SET touched_at = touched_at - interval '2 hours' WHERE sha256 = $1", [sha256]);
const refer = ({ sha256 }: SpooledModel) =>
  db.execute(
    `INSERT INTO pricing_job (job_id, model_sha256, format, unit, material, finish, price_book_version, model_size_bytes, trace)
     VALUES ($1, $2, 'STL', 'MILLIMETER', 'PLA', 'RAW', 1, 500, '{}')`,
    [randomUUID(), sha256],
  );

test("a model is put once, and known from then on", async () => {
  const model = spooled();
  expect(await models.keep(model)).toBe(false);
  expect(await models.keep(model)).toBe(true);
  const { body } = await store.get(`models/${model.sha256}`);
  const parts = [];
  for await (const part of body) parts.push(part);
  expect(Buffer.concat(parts)).toEqual(model.bytes);
});

test("the sweep removes what no order came to refer to, and nothing else", async () => {
  const [orphan, referred, fresh] = [spooled(), spooled(), spooled()];
  for (const model of [orphan, referred, fresh]) await models.keep(model);
  await refer(referred);
  await age(orphan);
  await age(referred);
  expect(await models.sweep()).toBe(1);
  expect(await Promise.all([orphan, referred, fresh].map(isStored))).toEqual([false, true, true]);
  expect(await stateOf(orphan)).toBeUndefined();
});

test("an upload that died between its put and its mark is swept, or put again by the next one", async () => {
  const [lost, repeated] = [spooled(), spooled()];
  for (const model of [lost, repeated]) {
    await models.keep(model);
    await db.execute("UPDATE model SET state = 'storing' WHERE sha256 = $1", [model.sha256]);
  }
  expect(await models.keep(repeated)).toBe(false);
  await age(lost);
  expect(await models.sweep()).toBe(1);
  expect([await isStored(lost), await isStored(repeated)]).toEqual([false, true]);
});

test("a sweep that died after it deleted an object leaves no mark: the next upload puts it again", async () => {
  const model = spooled();
  await models.keep(model);
  await age(model);
  const broken: ObjectStore = {
    ...store,
    async delete(key) {
      await store.delete(key);
      throw new Error("died");
    },
  };
  await expect(createModelStore(host, { db, store: broken }).sweep()).rejects.toThrow("died");
  expect([await isStored(model), await stateOf(model)]).toEqual([false, "storing"]);
  await expect(hold(model)).rejects.toMatchObject({ reason: "MODEL_SWEPT", category: "aborted" });
  expect(await models.keep(model)).toBe(false);
  await hold(model);
  expect(await isStored(model)).toBe(true);
});

test("a model that an order is about to refer to is not swept", async () => {
  const model = spooled();
  await models.keep(model);
  await age(model);
  await hold(model);
  expect(await models.sweep()).toBe(0);
  expect(await isStored(model)).toBe(true);
});
