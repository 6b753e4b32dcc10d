import { type BenchServer, inDatabase, startBenchDatabase } from "../postgres";

/** A database with a table of 1,000 rows, on the server of `BENCH_POSTGRES_URL` or on one of its own. */
export async function startServer(): Promise<BenchServer> {
  const database = await startBenchDatabase();
  await inDatabase(
    database.url,
    "CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL, price_minor int NOT NULL)",
    "INSERT INTO item SELECT id, 'item ' || id, id * 10 FROM generate_series(0, 999) AS id",
    "VACUUM ANALYZE item",
  );
  return database;
}
