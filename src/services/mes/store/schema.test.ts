import { join } from "node:path";
import {
  committedSchema,
  createTestHost,
  dumpSchema,
  testDatabase,
  type TestDatabase,
} from "../../../platform/testing";
import { mesMigrations } from "./migrations";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase(mesMigrations);
});
afterAll(() => database?.drop());

test("schema.sql is what the migrations make", async () => {
  const host = createTestHost("mes");
  const schema = await dumpSchema(await database.open(host));
  await host.close();
  expect(schema).toBe(committedSchema(join(__dirname, "schema.sql"), schema));
});
