import { checkAll, type Evidence, type Operation } from ".";
import type { ServiceEvidence } from "./evidence";
import { invariants } from "./invariants";
import { a, b, broken, cancelled, event, good, spoil } from "./testing/check";
import { operation, recordsOf, sighting } from "./testing/records";

test("what went well breaks nothing, and what was not looked at is not checked", () => {
  const { breaches, checked, skipped } = checkAll(good);
  expect(breaches).toEqual([]);
  expect([...checked, ...skipped].sort()).toEqual(invariants.map(({ name }) => name).sort());
  expect(skipped).toContain("payments-balance");
  expect(checked).toContain("services-agree");
});

test("a breach says of which order, what, where, and what was expected", () => {
  const behind = spoil(good, "crm", ({ events }) => ({
    events: new Map([...events].filter(([id]) => id !== b)),
  }));
  const found = checkAll(behind).breaches.find(({ invariant }) => invariant === "services-agree");
  expect(found).toMatchObject({
    about: b,
    where: "crm",
    found: "it does not know the order",
    expected: "v2 CANCELLED",
  });
});

describe("no-lost-order", () => {
  const create = operation({ kind: "create", orderId: a, seen: [sighting(a, 1, "CREATED")] });

  it("holds for what was acknowledged and is stored, and for what is unknown", () => {
    expect(broken(good, create)).toEqual([]);
    expect(broken(recordsOf(), operation({ kind: "create", orderId: a, outcome: "unknown" }))).toEqual([]);
  });

  it("breaks when an acknowledged order is nowhere, or was seen in another status", () => {
    expect(broken(recordsOf(), create)).toEqual(["no-lost-order"]);
    expect(broken(good, operation({ kind: "read", seen: [sighting(a, 2, "PRICED")] }))).toEqual([
      "no-lost-order",
    ]);
  });
});

test("no-lost-note breaks when an acknowledged note is gone", () => {
  const note = operation({ kind: "note", orderId: a, commandId: "n1" });
  expect(broken({ ...good, notes: new Set(["n1"]) }, note)).toEqual([]);
  expect(broken({ ...good, notes: new Set() }, note)).toEqual(["no-lost-note"]);
});

describe("no-ghost-order", () => {
  const anna = { role: "customer", id: "anna" };
  const create = (orderId: string, outcome: Operation["outcome"]) =>
    operation({ kind: "create", orderId, outcome, caller: anna, endedAt: 100_000 });

  it("holds when every order was asked for, also by a call whose end is unknown", () => {
    expect(broken(good, create(a, "ok"), create(b, "unknown"))).toEqual([]);
  });

  it("breaks for an order that nobody asked for, or whose create was refused", () => {
    expect(broken(good, create(a, "ok"))).toEqual(["no-ghost-order"]);
    expect(broken(good, create(a, "ok"), create(b, "refused"))).toEqual(["no-ghost-order"]);
  });

  it("leaves the orders of others alone", () => {
    const others = recordsOf({ orderId: b, statuses: cancelled, owner: { kind: "PARTNER", id: "acme" } });
    expect(broken(others, operation({ kind: "read", caller: anna, endedAt: 100_000 }))).toEqual([]);
  });
});

describe("idempotent", () => {
  const made = event(good, "mes", 2, { commandId: "c1" });
  const call = (fields: Partial<Operation>) =>
    operation({ kind: "move", name: "cancel", orderId: b, commandId: "c1", ...fields });
  const refused = { outcome: "refused", reason: "VERSION_MISMATCH", startedAt: 10_000 } as const;

  it("holds when a repeat answers as the first call, and when one is refused before the other happened", () => {
    const seen = [sighting(b, 2, "CANCELLED")];
    expect(broken(made, call({ seen }), call({ seen, startedAt: 5_000 }))).toEqual([]);
    expect(broken(made, call({ ...refused, startedAt: 0 }), call({ outcome: "unknown" }))).toEqual([]);
  });

  it("breaks when what had happened is refused, or happens twice", () => {
    expect(broken(made, call({ outcome: "unknown" }), call(refused))).toEqual(["idempotent"]);
    expect(broken(event(made, "mes", 1, { commandId: "c1" }), call({ outcome: "unknown" }))).toEqual([
      "idempotent",
    ]);
    const twice = [sighting(a, 6, "IN_PRODUCTION"), sighting(a, 5, "PAID")];
    const answers = twice.map((each) =>
      operation({ kind: "move", orderId: a, commandId: "c2", seen: [each] }),
    );
    expect(broken(good, ...answers)).toEqual(["idempotent"]);
  });
});

test("expected-version breaks when a command moves a version that its caller had not seen", () => {
  const move = (expected: number) =>
    operation({ kind: "move", orderId: a, expectedVersion: expected, seen: [sighting(a, 4, "CONFIRMED")] });
  expect(broken(good, move(3))).toEqual([]);
  expect(broken(good, move(2))).toEqual(["expected-version"]);
});

test("legal-path breaks when a status follows one that may not become it", () => {
  const path = recordsOf({ orderId: a, statuses: ["CREATED", "MODEL_UPLOADED", "PAID"] });
  expect(broken(path)).toContain("legal-path");
  expect(broken(event(good, "shop", 3, { previousStatus: "CREATED" }))).toEqual(["legal-path"]);
});

test("versions-dense breaks at a hole, and where the row is not the last event", () => {
  const hole = spoil(good, "crm", ({ events }) => ({
    events: new Map(
      [...events].map(([id, list]) => [id, list.filter(({ version }) => version !== 2 || id === b)]),
    ),
  }));
  expect(broken(hole)).toContain("versions-dense");
  const row = spoil(good, "crm", ({ orders }) => ({
    orders: orders.map((order) =>
      order.orderId === a ? { ...order, version: 9, status: "SHIPPED" } : order,
    ),
  }));
  expect(broken(row)).toEqual(["versions-dense"]);
});

test("no-fork breaks when two services have other bytes of a version", () => {
  expect(broken(event(good, "shop", 1, { digest: "other" }))).toEqual(["no-fork"]);
});

test("one-holder breaks when somebody else made a version, or two did", () => {
  expect(broken(event(good, "shop", 6, { source: "CRM" }))).toEqual(["one-holder"]);
  expect(broken(event(good, "shop", 6, { origin: "local", source: "SHOP" }))).toContain("one-holder");
});

describe("services-agree", () => {
  it("breaks when a service is behind", () => {
    const behind = spoil(good, "shop", ({ events, orders }) => ({
      events: new Map([...events].map(([id, list]) => [id, id === a ? list.slice(0, 9) : list])),
      orders: orders.map((order) =>
        order.orderId === a ? { ...order, version: 9, status: "SHIPPED" } : order,
      ),
    }));
    expect(broken(behind)).toEqual(["services-agree"]);
  });
});

describe("events-on-topic", () => {
  const mes = (change: Partial<ServiceEvidence["outbox"][number]>) =>
    spoil(good, "mes", ({ outbox }) => ({
      outbox: outbox.map((row) => (row.key === b && row.version === 2 ? { ...row, ...change } : row)),
    }));
  const topic = (records: typeof good.topic.records): Evidence => ({
    ...good,
    topic: { ...good.topic, records },
  });

  it("holds when messages are there twice", () => {
    const { records } = good.topic;
    expect(
      broken(topic([...records, ...records.map((each) => ({ ...each, offset: each.offset + 100 }))])),
    ).toEqual([]);
  });

  it("breaks when a row is missing, is too many, waits, or is not on the topic", () => {
    expect(broken(spoil(good, "mes", () => ({ outbox: [] })))).toContain("events-on-topic");
    expect(broken(mes({ digest: "other" }))).toContain("events-on-topic");
    expect(broken(mes({ isPublished: false }))).toEqual(["events-on-topic"]);
    expect(broken(topic(good.topic.records.slice(0, -1)))).toEqual(["events-on-topic"]);
  });

  it("breaks when an order's first occurrences are not in order", () => {
    expect(broken(topic([...good.topic.records].reverse()))).toEqual(["events-on-topic"]);
  });
});

describe("dead-letters-accounted", () => {
  const poison = { partition: 0, offset: 99, key: b, digest: "junk", event: undefined };
  const poisoned = { ...good, topic: { ...good.topic, records: [...good.topic.records, poison] } };
  const letter = {
    id: 1,
    partition: 0,
    offset: 99,
    key: b,
    version: undefined,
    reason: "UNDECODABLE",
    isOpen: true,
  };
  const row = {
    topic: "order_status.dlq",
    key: b,
    version: 1,
    digest: "junk",
    isPublished: true,
    lastError: undefined,
  };
  const announced = [{ ...poison, event: undefined }];
  const aside = (evidence: Evidence): Evidence =>
    (["mes", "crm", "shop"] as const).reduce(
      (each, name) =>
        spoil(each, name, ({ outbox }) => ({ letters: [letter], blocked: [b], outbox: [...outbox, row] })),
      evidence,
    );

  it("holds when all have set aside what nobody can read, and told of it", () => {
    expect(broken(aside({ ...poisoned, topic: { ...poisoned.topic, announced } }))).toEqual([]);
  });

  it("breaks when one has not, or does not tell, or blocks nothing", () => {
    expect(broken(poisoned)).toEqual(["dead-letters-accounted"]);
    expect(broken(aside(poisoned))).toEqual(["dead-letters-accounted"]);
    const told = aside({ ...poisoned, topic: { ...poisoned.topic, announced } });
    expect(broken(spoil(told, "crm", () => ({ blocked: [] })))).toEqual(["dead-letters-accounted"]);
    expect(broken(spoil(told, "crm", () => ({ letters: [], blocked: [] })))).toEqual([
      "dead-letters-accounted",
    ]);
  });

  it("breaks when something is parked and nothing blocks it", () => {
    const parked = [{ key: a, version: 12, partition: 0, offset: 3 }];
    expect(broken(spoil(good, "crm", () => ({ parked })))).toEqual(["dead-letters-accounted"]);
  });
});
