import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../../testing";
import { type Database, openDatabase } from "..";

export const migrations = [
  {
    name: "001_item",
    sql: "CREATE TABLE item (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0, CONSTRAINT item_positive CHECK (n >= 0))",
  },
];

export type ItemDatabase = { test: TestDatabase; host: TestHost; db: Database };

/** A database with an empty table for the tests of one file, opened anew for each; `use` is told of it. */
export function useItemDatabase(use: (opened: ItemDatabase) => void): void {
  let test: TestDatabase;
  let host: TestHost;
  let db: Database;
  beforeAll(async () => {
    test = await testDatabase(migrations);
  });
  afterAll(() => test.drop());
  beforeEach(async () => {
    host = createTestHost("pg");
    host.clear();
    db = await test.open(host);
    use({ test, host, db });
  });
  afterEach(async () => {
    await db.execute("TRUNCATE item");
    await host.close();
  });
}

/** A second pool on the same database, on a host of its own: one host has one check per name. */
export async function openSecond(
  { config }: TestDatabase,
  change: object,
): Promise<{ second: TestHost; opened: Database }> {
  const second = createTestHost("second");
  const opened = await second.own(openDatabase(second, { ...config, ...change }, { migrations }));
  return { second, opened };
}
