import type { Database } from "../../../platform/postgres";
import { testDatabase, createTestHost } from "../../../platform/testing";
import { mesMigrations } from "../store/migrations";
import { openPricingAdmission, WaitEstimate } from ".";

const partner = { role: "partner", id: "p", name: "P" } as const;
const customer = { role: "customer", id: "c", name: "C" } as const;
const service = { role: "service", id: "shop", name: "shop" } as const;

describe("the estimate", () => {
  test("an empty queue has no wait", () => {
    const estimate = new WaitEstimate();
    estimate.sample(0, 0, 0);
    expect(estimate.waitMs).toBe(0);
  });

  test("a queue that has grown since its oldest job came waits longer than that job has", () => {
    const estimate = new WaitEstimate();
    estimate.sample(0, 10, 0);
    estimate.sample(60_000, 20, 60_000);
    expect(estimate.waitMs).toBe(120_000);
  });

  test("a queue that shrinks waits shorter", () => {
    const estimate = new WaitEstimate();
    estimate.sample(0, 20, 0);
    estimate.sample(60_000, 5, 60_000);
    expect(estimate.waitMs).toBe(15_000);
  });
});

test("partners are refused first, customers at the further bound, services never; an accepted order may still upload", async () => {
  const database = await testDatabase(mesMigrations);
  const host = createTestHost("mes");
  const db: Database = await database.open(host);
  const admission = openPricingAdmission(host, db, { partnerWaitS: 60, customerWaitS: 600 });
  const queue = (ageS: number) =>
    db.execute(
      `INSERT INTO pricing_job (model_sha256, format, unit, material, finish, price_book_version, model_size_bytes, trace, state, queued_at)
       SELECT $1, 'STL', 'MILLIMETER', 'PLA', 'RAW', min(version), 1, '{}', 'queued', clock_timestamp() - make_interval(secs => $2) FROM price_book`,
      [`model of ${ageS}`, ageS],
    );
  const until = async (seconds: number): Promise<void> => {
    while ((await host.metric("pricing_wait_estimate_seconds")) < seconds)
      await new Promise((resolve) => setTimeout(resolve, 50));
  };
  expect(() => admission.mustTakeOrder(partner)).not.toThrow();
  await queue(120);
  await until(100);
  expect(() => admission.mustTakeOrder(partner)).toThrow(
    expect.objectContaining({ reason: "PRICING_QUEUE_LONG", retryAfterMs: expect.any(Number) }),
  );
  expect(() => admission.mustTakeModel(partner)).not.toThrow();
  expect(() => admission.mustTakeOrder(customer)).not.toThrow();
  await queue(1_200);
  await until(1_000);
  expect(() => admission.mustTakeOrder(customer)).toThrow(/would wait/);
  expect(() => admission.mustTakeModel(partner)).toThrow(/would wait/);
  expect(() => admission.mustTakeOrder(service)).not.toThrow();
  expect(await host.metric("pricing_refused_total", { role: "partner" })).toBe(2);
  await host.close();
  await database.drop();
});
