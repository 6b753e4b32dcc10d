import { join } from "node:path";
import { testDatabase, testKafka } from "../../platform/testing";
import { mesMigrations } from "../../services/mes/store/migrations";
import { runPricingKills } from "./pricing-kills";

const program = join(__dirname, "../../../dist/bench/pricing-kills/worker-child.js");

test("pricing workers that are killed or frozen lose no job, and no stale result of theirs is taken", async () => {
  const [database, kafka] = await Promise.all([testDatabase(mesMigrations), testKafka()]);
  const report = await runPricingKills({
    databaseUrl: database.url,
    brokers: kafka.brokers.join(","),
    kills: 12,
    freezes: 4,
    workersPerProcess: 4,
    lanes: 1,
    leastShare: 0.3,
    program,
  });
  await database.drop();
  expect(report).toMatchObject({ breaches: [], lost: 0, doubled: 0, stale: 0 });
  expect(report.kills).toBeGreaterThanOrEqual(12);
  expect(report.freezes).toBeGreaterThanOrEqual(4);
  expect(report.stale_refused).toBeGreaterThan(0);
}, 300_000);
