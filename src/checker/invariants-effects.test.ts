import type { Evidence, Operation } from ".";
import type { JobRow, PriceSeen } from "./evidence";
import { a, b, broken, cancelled, delivered, event, good, type Name } from "./testing/check";
import { operation, recordsOf, sighting } from "./testing/records";

describe("payments-balance", () => {
  const capture = { paymentKey: "p1", orderId: a, kind: "capture" as const, amountMinor: 500 };
  const refund = { ...capture, kind: "refund" as const, amountMinor: -500 };
  const ledger = (...entries: (typeof capture | typeof refund)[]): Evidence => ({
    ...good,
    payments: { ledger: entries, intents: [], refunds: [] },
  });

  it("holds for one capture of what is paid, and for a refund of what was cancelled", () => {
    expect(broken(ledger(capture))).toEqual([]);
    expect(broken(ledger(capture, { ...capture, orderId: b }, { ...refund, orderId: b }))).toEqual([]);
  });

  it("breaks when a capture or a refund is missing or too many, and when the sum is not the price", () => {
    expect(broken(ledger())).toEqual(["payments-balance"]);
    expect(broken(ledger(capture, { ...capture, paymentKey: "p2" }))).toEqual(["payments-balance"]);
    expect(broken(ledger(capture, { ...capture, orderId: b }))).toEqual(["payments-balance"]);
    expect(broken(ledger(capture, refund, refund))).toEqual(["payments-balance"]);
    const price = { totalMinor: 700 } as PriceSeen;
    const priced = (["mes", "crm", "shop"] as const).reduce(
      (each, name) => event(each, name, 3, { price }),
      ledger(capture),
    );
    expect(broken(priced)).toEqual(["payments-balance"]);
  });
});

describe("prices", () => {
  const price: PriceSeen = {
    totalMinor: 20,
    unitMinor: 10,
    currency: "EUR",
    materialMinor: 2,
    machineMinor: 1,
    finishingMinor: 1,
    setupMinor: 6,
    bookVersion: 1,
    volumeMm3: 1_000,
    areaMm2: 600,
    material: "PLA",
    finish: "RAW",
    quantity: 2,
  };
  const book = {
    version: 1,
    currency: "EUR",
    machineMinorPerHour: 10,
    setupMinor: 5,
    minimumMinor: 10,
    materials: new Map([["PLA", { densityKgM3: 1_000, rateMinorPerKg: 2_000, buildRateMm3PerHour: 10_000 }]]),
    finishes: new Map([["RAW", 10]]),
  };
  const job: JobRow = {
    jobId: "j1",
    state: "done",
    fence: "1",
    bookVersion: 1,
    material: "PLA",
    finish: "RAW",
    unitMinor: 10,
  };
  const priced = (seen: PriceSeen, result: Partial<JobRow> = {}): Evidence => ({
    ...event(good, "mes", 3, { price: seen }),
    pricing: {
      jobs: [{ ...job, ...result }],
      attachments: [{ orderId: a, version: 2, jobId: "j1", isDone: true }],
      books: new Map([[1, book]]),
    },
  });

  it("hold when they are what the price book makes, and their job's", () => {
    expect(broken(priced(price))).toEqual([]);
  });

  it("break price-recomputed when a line or the sum is another", () => {
    expect(broken(priced({ ...price, totalMinor: 10 }))).toEqual(["price-recomputed"]);
    expect(broken(priced({ ...price, bookVersion: 7 }))).toEqual(["price-recomputed"]);
  });

  it("break one-price-per-job when the job has another result, or none", () => {
    expect(broken(priced(price, { unitMinor: 11 }))).toEqual(["one-price-per-job"]);
    expect(broken(priced(price, { state: "failed", unitMinor: undefined }))).toEqual(["one-price-per-job"]);
  });

  it("break jobs-end while a job runs or an order waits", () => {
    const open = priced(price);
    expect(
      broken({
        ...open,
        pricing: { ...open.pricing!, jobs: [job, { ...job, jobId: "j2", state: "running" }] },
      }),
    ).toEqual(["jobs-end"]);
    const waiting = [{ orderId: b, version: 1, jobId: "j1", isDone: false }];
    expect(broken({ ...open, pricing: { ...open.pricing!, attachments: waiting } })).toEqual(["jobs-end"]);
  });
});

test("jobs-end breaks while a payment is undecided or a refund not made", () => {
  const ledger = [{ paymentKey: "p1", orderId: a, kind: "capture" as const, amountMinor: 500 }];
  const intents = [{ key: "p1", orderId: a, state: "voiding" }];
  expect(broken({ ...good, payments: { ledger, intents, refunds: [] } })).toEqual(["jobs-end"]);
  const refunds = [{ orderId: a, paymentKey: "p1", isDone: false }];
  expect(broken({ ...good, payments: { ledger, intents: [], refunds } })).toEqual(["jobs-end"]);
});

describe("no-version-regression", () => {
  const read = (version: number, startedAt: number, store: Name = "crm") =>
    operation({ kind: "read", store, startedAt, seen: [sighting(a, version, delivered[version - 1]!)] });

  it("holds for reads at once, and between services", () => {
    expect(broken(good, read(5, 0), read(4, 500))).toEqual([]);
    expect(broken(good, read(5, 0), read(4, 5_000, "shop"))).toEqual([]);
  });

  it("breaks when a later read of the same service shows an earlier version", () => {
    expect(broken(good, read(5, 0), read(4, 5_000))).toEqual(["no-version-regression"]);
    const move = operation({ kind: "move", store: "crm", seen: [sighting(a, 4, "CONFIRMED")] });
    expect(broken(good, move, read(3, 5_000))).toEqual(["no-version-regression"]);
  });
});

describe("watch-complete", () => {
  const watch = (versions: readonly number[], fields: Partial<Operation> = {}) =>
    operation({
      kind: "watch",
      orderId: a,
      seen: versions.map((v) => sighting(a, v, delivered[v - 1]!)),
      ...fields,
    });

  it("holds for a stream that tells all there is, and for one that breaks on the way", () => {
    expect(broken(good, watch([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))).toEqual([]);
    expect(broken(good, watch([3, 4], { afterVersion: 2, outcome: "unknown" }))).toEqual([]);
  });

  it("breaks at a hole, at a repeat, and when it ends before the order", () => {
    expect(broken(good, watch([1, 3], { outcome: "unknown" }))).toEqual(["watch-complete"]);
    expect(broken(good, watch([1, 1], { outcome: "unknown" }))).toEqual(["watch-complete"]);
    expect(broken(good, watch([1, 2]))).toEqual(["watch-complete"]);
  });
});

describe("leases", () => {
  const claim = (workerId: string, fence: string, startedAt: number) =>
    operation({
      kind: "claim",
      startedAt,
      endedAt: startedAt + 10,
      job: { jobId: "j", fence, workerId, leaseMs: 15_000 },
    });
  const done = (workerId: string, fence: string, startedAt: number, held: boolean) =>
    operation({
      kind: "report",
      startedAt,
      endedAt: startedAt + 10,
      job: { jobId: "j", fence, workerId, report: "done", held },
    });

  it("hold when the next worker comes after the lease, and the first one's result is refused", () => {
    const steps = [
      claim("w1", "1", 0),
      claim("w2", "2", 16_000),
      done("w1", "1", 17_000, false),
      done("w2", "2", 18_000, true),
    ];
    expect(broken(recordsOf(), ...steps)).toEqual([]);
  });

  it("break lease-exclusion when two hold a job, or get the same fence", () => {
    expect(broken(recordsOf(), claim("w1", "1", 0), claim("w2", "2", 5_000))).toEqual(["lease-exclusion"]);
    expect(broken(recordsOf(), claim("w1", "1", 0), claim("w2", "1", 16_000))).toEqual(["lease-exclusion"]);
  });

  it("break stale-results-refused when a report under an old fence is taken, or two results are", () => {
    const late = [claim("w1", "1", 0), claim("w2", "2", 16_000), done("w1", "1", 17_000, true)];
    expect(broken(recordsOf(), ...late)).toEqual(["stale-results-refused"]);
    expect(broken(recordsOf(), done("w1", "1", 0, true), done("w1", "1", 500, true))).toEqual([
      "stale-results-refused",
    ]);
  });
});

test("no-orphan-object breaks for an object without a row, a row without its object, and an order without its model", () => {
  const order = recordsOf({ orderId: a, statuses: ["CREATED"], sha256: "s1" });
  const objects = {
    stored: [{ sha256: "s1", length: 5 }],
    rows: [{ sha256: "s1", state: "stored", sizeBytes: 5 }],
    named: new Set(["s1"]),
  };
  expect(broken({ ...order, objects })).toEqual([]);
  expect(broken({ ...order, objects: { ...objects, rows: [], named: new Set() } })).toEqual([
    "no-orphan-object",
  ]);
  expect(broken({ ...order, objects: { ...objects, stored: [{ sha256: "s1", length: 4 }] } })).toEqual([
    "no-orphan-object",
  ]);
  expect(broken({ ...order, objects: { ...objects, stored: [], rows: [] } })).toEqual(["no-orphan-object"]);
});

describe("pagination-complete", () => {
  const known = [a, b].map((id) =>
    operation({
      kind: "read",
      store: "crm",
      seen: [id === a ? sighting(a, 10, "DELIVERED") : sighting(b, 2, "CANCELLED")],
    }),
  );
  const walk = (ids: readonly string[], statuses: readonly string[] = []) =>
    operation({
      kind: "list",
      store: "crm",
      startedAt: 20_000,
      filter: { statuses },
      seen: ids.map((id) => (id === a ? sighting(a, 10, "DELIVERED") : sighting(b, 2, "CANCELLED"))),
    });

  it("holds when all that stood still is shown once", () => {
    expect(broken(good, ...known, walk([a, b]))).toEqual([]);
    expect(broken(good, ...known, walk([b], ["CANCELLED"]))).toEqual([]);
  });

  it("breaks when one is left out, or shown twice", () => {
    expect(broken(good, ...known, walk([a]))).toEqual(["pagination-complete"]);
    expect(broken(good, ...known, walk([a, b, b]))).toEqual(["pagination-complete"]);
  });

  it("says nothing of an order that changed meanwhile", () => {
    const early = operation({ kind: "read", store: "crm", seen: [sighting(a, 9, "SHIPPED")], endedAt: 10 });
    const during = operation({
      kind: "list",
      store: "crm",
      startedAt: 9_500,
      filter: { statuses: ["SHIPPED"] },
    });
    expect(broken(good, early, during)).toEqual([]);
  });

  it("goes by when the listing store moved the order, not by when another one heard of it", () => {
    const early = operation({ kind: "read", store: "crm", seen: [sighting(a, 9, "SHIPPED")], endedAt: 10 });
    const after = operation({
      kind: "list",
      store: "crm",
      startedAt: 10_500,
      filter: { statuses: ["SHIPPED"] },
    });
    expect(broken(event(good, "mes", 10, { storedAt: 60_000 }), early, after)).toEqual([]);
    expect(broken(event(good, "crm", 10, { storedAt: 60_000 }), early, after)).toEqual([
      "pagination-complete",
    ]);
  });
});

test("tenants-apart breaks when a customer is shown another one's order", () => {
  const read = (role: string, id: string) =>
    operation({ kind: "read", caller: { role, id }, seen: [sighting(a, 1, "CREATED")] });
  const listed = operation({ kind: "create", orderId: a, caller: { role: "customer", id: "anna" } });
  const only = recordsOf({ orderId: a, statuses: cancelled });
  expect(broken(only, listed, read("customer", "anna"), read("seller", "boris"))).toEqual([]);
  expect(broken(only, listed, read("customer", "boris"))).toEqual(["tenants-apart"]);
  expect(broken(only, listed, read("partner", "anna"))).toEqual(["tenants-apart"]);
});
