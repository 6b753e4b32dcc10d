import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type { Order } from "../../gen/alexandrite/order/v1/order";
import { OrderStatus } from "../../gen/alexandrite/order/v1/order";
import { testDatabase, type TestDatabase } from "../../platform/testing";
import { addNote } from "./store/notes";
import { crmMigrations } from "./store/migrations";
import { type CachedInstance, openInstance } from "./testing/cached-instance";
import { nextVersion, openMove, type OpenMove } from "./testing/order-writer";

const { ORDER_STATUS_CREATED: CREATED, ORDER_STATUS_PRICED: PRICED } = OrderStatus;
const owners = ["ann", "bob"];
const filters = [
  {},
  { ownerId: "ann" },
  { statuses: [PRICED] },
  { ownerId: "bob", statuses: [CREATED, PRICED] },
  { pageSize: 2 },
];

let database: TestDatabase;
let a: CachedInstance;
let b: CachedInstance;
let plain: CachedInstance;
beforeAll(async () => {
  database = await testDatabase(crmMigrations);
  a = await openInstance(database, { cached: true });
  // Small, so that entries are evicted on the way.
  b = await openInstance(database, { cached: true, maxEntries: 4 });
  plain = await openInstance(database, { cached: false });
});
afterAll(async () => {
  for (const each of [a, b, plain]) await each?.host.close();
  await database?.drop();
});

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("move" as const), order: fc.nat(5) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("end" as const), which: fc.nat(5), keep: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("note" as const), order: fc.nat(5) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("list" as const),
      second: fc.boolean(),
      filter: fc.nat(filters.length - 1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("get" as const), second: fc.boolean(), order: fc.nat(5) }),
  },
);

/** Writes, commits in any order and reads on two instances: each answer must be what the database says. Tells how many lists were read. */
async function mustAnswerAsTheDatabase(
  a: CachedInstance,
  b: CachedInstance,
  endOnFailure = false,
): Promise<number> {
  let reads = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const committed: (Order | undefined)[] = [];
      const open = new Map<number, OpenMove>();
      try {
        for (const each of steps) {
          if (each.kind === "move" && !open.has(each.order)) {
            const next = nextVersion(committed[each.order], owners[each.order % 2] as string);
            open.set(each.order, await openMove(each.order % 3 ? a.db : b.db, next));
          } else if (each.kind === "end") {
            const [order, move] = [...open][each.which % Math.max(1, open.size)] ?? [];
            if (order === undefined || !move) continue;
            open.delete(order);
            if (each.keep) {
              await move.commit();
              committed[order] = move.order;
            } else await move.rollback();
          } else if (each.kind === "note") {
            const orderId = committed[each.order]?.orderId;
            const note = { noteId: randomUUID(), authorId: "s", text: "n" };
            if (orderId && !open.has(each.order)) await addNote(plain.db, { ...note, orderId });
          } else if (each.kind === "list") {
            const instance = each.second ? b : a;
            expect(await instance.list(filters[each.filter])).toEqual(await plain.list(filters[each.filter]));
            reads += 1;
          } else if (each.kind === "get") {
            const orderId = committed[each.order]?.orderId;
            if (orderId) expect(await (each.second ? b : a).get(orderId)).toEqual(await plain.get(orderId));
          }
        }
      } finally {
        for (const move of open.values()) await move.rollback();
      }
    }),
    { numRuns: 25, seed: 5, endOnFailure },
  );
  return reads;
}

test("whatever is written by whom and committed in whatever order, each instance answers as the database does", async () => {
  expect(await mustAnswerAsTheDatabase(a, b)).toBeGreaterThan(100);
  for (const { host } of [a, b])
    expect(await host.metric("cache_requests_total", { result: "hit" })).toBeGreaterThan(10);
}, 120_000);

test("a cache that is told of no change does not pass for one that is", async () => {
  const blind = await openInstance(database, {
    cached: true,
    look: async () => ({ position: "0", changed: [] }),
  });
  try {
    await expect(mustAnswerAsTheDatabase(blind, b, true)).rejects.toThrow(/Property failed/);
  } finally {
    await blind.host.close();
  }
}, 120_000);

test("what one instance has applied stands in the next list of the other, which had the list in memory", async () => {
  const request = { ownerId: "eve" };
  const first = await openMove(a.db, nextVersion(undefined, "eve"));
  await first.commit();
  const hits = () => b.host.metric("cache_requests_total", { result: "hit" });
  await b.list(request);
  const before = await hits();
  expect((await b.list(request)).orders).toEqual([first.order]);
  expect(await hits()).toBe(before + 1);
  const second = await openMove(a.db, nextVersion(first.order, "eve"));
  await second.commit();
  expect((await b.list(request)).orders).toEqual([second.order]);
  expect((await b.get(second.order.orderId)).order).toEqual(second.order);
}, 120_000);

test("readers that change instances never see an order go back, nor one older than what was committed before they asked", async () => {
  const orders = new Map<string, Order>();
  let writing = true;
  const write = async (instance: CachedInstance, count: number): Promise<void> => {
    const mine: Order[] = [];
    for (let turn = 0; turn < count; turn++) {
      const move = await openMove(instance.db, nextVersion(mine[turn % 5], "carl"));
      await move.commit();
      mine[turn % 5] = move.order;
      orders.set(move.order.orderId, move.order);
    }
  };
  let looked = 0;
  const read = async (first: number): Promise<void> => {
    const seen = new Map<string, number>();
    const see = (order: Order | undefined, known: ReadonlyMap<string, Order>): void => {
      if (!order) return;
      const atLeast = Math.max(seen.get(order.orderId) ?? 0, known.get(order.orderId)?.version ?? 0);
      expect(order.version).toBeGreaterThanOrEqual(atLeast);
      seen.set(order.orderId, order.version);
      looked += 1;
    };
    for (let turn = first; writing; turn++) {
      const instance = turn % 2 ? a : b;
      const known = new Map(orders);
      if (turn % 3) {
        const { orders: listed } = await instance.list({ ownerId: "carl" });
        for (const order of listed) see(order, known);
        expect(listed.map(({ orderId }) => orderId)).toEqual(expect.arrayContaining([...known.keys()]));
      } else {
        const [orderId] = [...known.keys()].slice(turn % Math.max(1, known.size));
        if (orderId) see((await instance.get(orderId)).order, known);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const readers = Promise.all([0, 1, 2, 3].map(read));
  await Promise.all([write(a, 60), write(b, 60)]).finally(() => (writing = false));
  await readers;
  expect(looked).toBeGreaterThan(100);
}, 120_000);

test("roles share no entry", async () => {
  await a.list({ ownerId: "dora" }, "seller");
  const misses = await a.host.metric("cache_requests_total", { result: "miss" });
  await a.list({ ownerId: "dora" }, "service");
  expect(await a.host.metric("cache_requests_total", { result: "miss" })).toBe(misses + 1);
});

test("without the cache nothing is kept and nothing is measured", async () => {
  await plain.list();
  await plain.list();
  expect(await plain.host.metricsText()).not.toContain("cache_requests_total");
});
