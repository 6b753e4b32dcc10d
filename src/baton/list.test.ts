import { Holder, OrderStatus } from "../gen/alexandrite/order/v1/order";
import { AppError } from "../platform/errors";
import type { Database } from "../platform/postgres";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../platform/testing";
import { createEventsHandlers } from "./events-service";
import { listOrders, type OrderQuery } from "./list";
import { statementOf } from "./list-statement";
import { batonMigrations } from "./migrations";
import { encodePageToken } from "./page-token";

const {
  ORDER_STATUS_PRICED: PRICED,
  ORDER_STATUS_PAID: PAID,
  ORDER_STATUS_DELIVERED: DELIVERED,
  ORDER_STATUS_PACKED: PACKED,
} = OrderStatus;
const many = 120_000;

let database: TestDatabase;
let host: TestHost;
let db: Database;
beforeAll(async () => {
  database = await testDatabase(batonMigrations(Holder.HOLDER_MES));
  host = createTestHost("list");
  db = await database.open(host);
  await seed();
});
afterAll(async () => {
  await host.close();
  await database.drop();
});

/** Rows as the services would have written them, without their histories: the rules are off meanwhile. Several share each date. */
async function seed(): Promise<void> {
  await db.execute("ALTER TABLE orders DISABLE TRIGGER USER");
  // In pieces: a slow machine must not meet the statement timeout.
  for (let from = 1; from <= many; from += 5_000) {
    await db.execute(
      `INSERT INTO orders (order_id, version, status, owner_id, material, operator_id, snapshot, created_at, updated_at)
       SELECT id, 1, status, owner_id, material, operator_id,
         jsonb_build_object('orderId', id, 'version', 1, 'status', 'ORDER_STATUS_' || status), at, at
       FROM (
         SELECT gen_random_uuid() AS id, timestamptz '2026-01-01' + (n / 3) * interval '7 seconds' AS at,
           CASE WHEN n < 30 THEN 'PRICED' WHEN n % 40 = 0 THEN 'PAID' WHEN n % 41 = 0 THEN 'PACKED'
                WHEN n % 3 = 0 THEN 'CANCELLED' ELSE 'DELIVERED' END AS status,
           CASE WHEN n % 4 = 0 THEN 'partner' ELSE 'customer-' || n % 5000 END AS owner_id,
           CASE WHEN n % 500 < 2 THEN 'GOLD' ELSE 'PLA' END AS material,
           CASE WHEN n % 40 = 0 THEN '' ELSE 'operator-' || n % 30 END AS operator_id
         FROM generate_series($1::int, $2::int) AS n) AS made`,
      [from, from + 4_999],
    );
  }
  await db.execute("ALTER TABLE orders ENABLE TRIGGER USER");
  await db.execute("ANALYZE orders");
}

/** All pages; `meanwhile` runs after each. */
async function pages(
  query: Omit<OrderQuery, "pageToken">,
  meanwhile?: () => Promise<void>,
): Promise<string[]> {
  const ids: string[] = [];
  for (let pageToken = ""; ;) {
    const page = await listOrders(db, { ...query, pageToken });
    ids.push(...page.orders.map(({ orderId }) => orderId));
    if (page.nextPageToken === "") return ids;
    pageToken = page.nextPageToken;
    await meanwhile?.();
  }
}

async function idsBy(sql: string): Promise<string[]> {
  const rows = await db.query<{ order_id: string }>(`SELECT order_id FROM orders ${sql}`);
  return rows.map(({ order_id }) => order_id);
}

const newest = "ORDER BY updated_at DESC, order_id DESC";
const oldest = "ORDER BY updated_at, order_id";

test.each<[string, Omit<OrderQuery, "pageToken" | "pageSize">, string]>([
  ["an owner's orders", { ownerId: "customer-17" }, `WHERE owner_id = 'customer-17' ${newest}`],
  ["statuses", { statuses: [PACKED, PAID, PAID] }, `WHERE status IN ('PACKED', 'PAID') ${newest}`],
  [
    "an owner's statuses since a date",
    { ownerId: "partner", statuses: [PAID, PACKED], updatedSince: new Date("2026-01-03") },
    `WHERE owner_id = 'partner' AND status IN ('PAID', 'PACKED') AND updated_at >= '2026-01-03' ${newest}`,
  ],
  [
    "a queue, the longest waiting first",
    { statuses: [PAID], material: "GOLD", order: "oldest" },
    `WHERE status = 'PAID' AND material = 'GOLD' ${oldest}`,
  ],
  [
    "an operator's orders",
    { statuses: [PACKED], operatorId: "operator-7", order: "oldest" },
    `WHERE status = 'PACKED' AND operator_id = 'operator-7' ${oldest}`,
  ],
])("pages of %s are the whole list, in order", async (_, query, sql) => {
  const wanted = await idsBy(sql);
  expect(wanted.length).toBeGreaterThan(20);
  expect(await pages({ ...query, pageSize: 37 })).toEqual(wanted);
});

test("pages show each order once, and all that do not change, while others change and come", async () => {
  const query = { statuses: [PACKED], pageSize: 50 };
  const before = await idsBy(`WHERE status = 'PACKED' ${newest}`);
  const changed = new Set<string>();
  let round = 0;
  const meanwhile = async () => {
    const touched = before.filter((_, index) => index % 97 === round % 97);
    round += 1;
    for (const id of touched) changed.add(id);
    await db.transaction(async (tx) => {
      await tx.execute("ALTER TABLE orders DISABLE TRIGGER USER");
      await tx.execute("UPDATE orders SET updated_at = clock_timestamp() WHERE order_id = ANY ($1::uuid[])", [
        touched,
      ]);
      await tx.execute(
        `INSERT INTO orders (order_id, version, status, owner_id, material, operator_id, snapshot, created_at, updated_at)
         VALUES (gen_random_uuid(), 1, 'PACKED', 'new', 'PLA', '', '{}', now(), clock_timestamp())`,
      );
      await tx.execute("ALTER TABLE orders ENABLE TRIGGER USER");
    });
  };
  const seen = await pages(query, meanwhile);
  expect(round).toBeGreaterThan(20);
  expect(new Set(seen).size).toBe(seen.length);
  const missing = before.filter((id) => !seen.includes(id));
  expect(missing.filter((id) => !changed.has(id))).toEqual([]);
});

test.each<[string, Omit<OrderQuery, "pageToken" | "pageSize">]>([
  ["all", {}],
  ["all, the oldest first", { order: "oldest" }],
  ["one status", { statuses: [DELIVERED] }],
  ["several statuses", { statuses: [DELIVERED, PAID, PACKED] }],
  ["statuses since a date", { statuses: [DELIVERED], updatedSince: new Date("2026-01-02") }],
  ["a large owner", { ownerId: "partner" }],
  ["a large owner's rare statuses", { ownerId: "partner", statuses: [PACKED, PAID] }],
  ["a small owner", { ownerId: "customer-17" }],
  ["the queue of a material", { statuses: [PAID], material: "GOLD", order: "oldest" }],
  ["a rare material among many", { statuses: [DELIVERED], material: "GOLD" }],
  ["a rare status that lies far back", { statuses: [PRICED] }],
  ["a large owner's rare status that lies far back", { ownerId: "partner", statuses: [PRICED] }],
  ["an operator", { statuses: [DELIVERED], operatorId: "operator-7", order: "oldest" }],
])(
  "a page of %s, the first or a late one, is read along an index, no further than it reaches",
  async (_, query) => {
    const late = { at: new Date("2026-01-05"), orderId: "80000000-0000-0000-0000-000000000000" };
    for (const end of [undefined, late]) {
      const { text, values } = statementOf({ ...query, pageSize: 20, pageToken: "" }, end);
      const { plan, rows } = await explain(text, values);
      expect(plan).not.toContain("Seq Scan on orders");
      if (!end) expect(rows).toBeGreaterThan(0);
      // Each status reads a page of its own at most.
      expect(rows).toBeLessThanOrEqual(21 * Math.max(1, query.statuses?.length ?? 1));
    }
  },
);

/** The plan, and the rows of `orders` that its nodes read, those that a filter threw away included. */
async function explain(text: string, values: unknown[]): Promise<{ plan: string; rows: number }> {
  const lines = await db.query<{ "QUERY PLAN": string }>(`EXPLAIN (ANALYZE, TIMING off) ${text}`, values);
  const plan = lines.map((line) => line["QUERY PLAN"]).join("\n");
  let rows = 0;
  let loops = 1;
  for (const line of plan.split("\n")) {
    const scan = /Scan.* on orders.*actual rows=([\d.]+) loops=(\d+)/.exec(line);
    if (scan) {
      loops = Number(scan[2]);
      rows += Number(scan[1]) * loops;
    }
    const removed = /Rows Removed by Filter: (\d+)/.exec(line);
    if (removed) rows += Number(removed[1]) * loops;
  }
  return { plan, rows };
}

describe("a page token", () => {
  const query = { ownerId: "partner", statuses: [PAID, PACKED], pageSize: 3 };
  const tokenOf = async (given: Omit<OrderQuery, "pageToken">) =>
    (await listOrders(db, { ...given, pageToken: "" })).nextPageToken;
  const use = (pageToken: string, given: Omit<OrderQuery, "pageToken"> = query) =>
    listOrders(db, { ...given, pageToken }).then(
      () => "accepted",
      (error: unknown) =>
        error instanceof AppError && error.category === "invalid_argument"
          ? error.violations[0]?.field
          : String(error),
    );

  test("is good for the same list, whatever the size of the page and the order of the statuses", async () => {
    const token = await tokenOf(query);
    expect(await use(token)).toBe("accepted");
    expect(await use(token, { ...query, statuses: [PACKED, PAID], pageSize: 9 })).toBe("accepted");
  });

  test("of another list is refused", async () => {
    const token = await tokenOf(query);
    for (const other of [
      { ...query, ownerId: "customer-17" },
      { ...query, statuses: [PAID] },
      { ...query, order: "oldest" as const },
      { ...query, updatedSince: new Date(1) },
      { ...query, material: "PLA" },
    ]) {
      expect(await use(token, other)).toBe("page_token");
    }
    expect(await use(encodePageToken({ at: new Date(), orderId: "x" }, "other"))).toBe("page_token");
  });

  test("that was altered in any place is refused", async () => {
    const token = await tokenOf(query);
    for (let place = 0; place < token.length; place++) {
      const altered = token.slice(0, place) + (token[place] === "A" ? "B" : "A") + token.slice(place + 1);
      expect(await use(altered)).toBe("page_token");
    }
    for (const odd of [
      `${token}A`,
      token.slice(1),
      token.slice(0, -1),
      ` ${token}`,
      `${token}=`,
      "!",
      "A",
      "e30",
    ]) {
      expect(await use(odd)).toBe("page_token");
    }
  });
});

test("orders by creation come whole and in order, page by page, from a date on", async () => {
  const { listOrderVersions } = createEventsHandlers(db);
  const createdSince = new Date("2026-01-04T00:00:00Z");
  const wanted = await idsBy("WHERE created_at >= '2026-01-04T00:00:00Z' ORDER BY created_at, order_id");
  const ids: string[] = [];
  for (let pageToken = ""; ;) {
    const request = { createdSince, pageSize: 1000, pageToken };
    const page = await listOrderVersions(request, undefined as never);
    ids.push(...page.orders.map(({ orderId }) => orderId));
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  expect(ids).toEqual(wanted);
});
