import { join } from "node:path";
import {
  committedSchema,
  createTestHost,
  dumpSchema,
  testDatabase,
  type TestDatabase,
} from "../../../platform/testing";
import { crmMigrations } from "./migrations";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase(crmMigrations);
});
afterAll(() => database?.drop());

test("schema.sql is what the migrations make", async () => {
  const host = createTestHost("crm");
  const schema = await dumpSchema(await database.open(host));
  await host.close();
  expect(schema).toBe(committedSchema(join(__dirname, "schema.sql"), schema));
});
