import { randomUUID } from "node:crypto";
import { runLoad } from "../bench/load/run-load";
import { dealer, openCalls } from "../bench/roll/calls";
import { startLoad } from "../bench/roll/load";
import { deliver } from "../bench/roll/orders";
import { type People, signInPeople } from "../bench/roll/people";
import { Tally } from "../bench/roll/tally";
import { ShopServiceDefinition } from "../gen/alexandrite/shop/v1/shop";
import { openClient, withoutCredentials } from "../platform/grpc";
import { instancePort } from "../stack/instances";
import type { PortName } from "../stack/settings";
import { eventually, startSystem, type System } from "./system";

/** Two instances of every service: any of them answers for all, and either of them may go. */
let system: System;
let people: People;

beforeAll(async () => {
  system = await startSystem({
    GATEWAY: "2",
    SHOP: "2",
    CRM: "2",
    MES: "2",
    OPERATOR: "2",
    WORKER: "2",
    PRICING: "2",
    RATE_LIMIT_PER_SECOND: "0",
  });
  people = await signInPeople(system.host, system.settings);
}, 600_000);

afterAll(async () => {
  await system?.stop();
}, 120_000);

const asCustomer = () => ({ metadata: { authorization: `Bearer ${people.tokens.customer}` } });

/** A client of one instance only. */
const shopOf = (number: number) =>
  openClient(system.host, ShopServiceDefinition, {
    address: `127.0.0.1:${instancePort(system.settings, "shop", number)}`,
    credentials: withoutCredentials(),
  });

/** The value of all series of a metric of one instance, added up. */
async function metricOf(port: PortName, number: number, name: string): Promise<number> {
  const adminPort = instancePort(system.settings, port, number);
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.e+-]+)`, "gm"))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

test("an order is delivered while its calls alternate between instances, and all have answered", async () => {
  const ports = ["shopAdmin", "crmAdmin", "mesAdmin", "mesOperatorAdmin"] as const;
  const instances = ports.flatMap((port) => [1, 2].map((number) => ({ port, number })));
  /** The instances that have answered no call. A client begins its round at any of them, so a few orders may all miss the same one. */
  const silent = async (): Promise<string[]> => {
    const handled = await Promise.all(
      instances.map(async ({ port, number }) => metricOf(port, number, "grpc_server_handled_total")),
    );
    return instances
      .filter((_, index) => handled[index] === 0)
      .map(({ port, number }) => `${port} ${number}`);
  };
  let orders = 0;
  do await deliver(people, system.settings.root, orders++);
  while (orders < 2 || (orders < 8 && (await silent()).length > 0));
  expect(await silent()).toEqual([]);
}, 300_000);

test("a short load of all roles, steady and in a spike, ends without a failed call, and every method has a ratio to the echo", async () => {
  const { host, settings } = system;
  const orderIds = [await deliver(people, settings.root, 0)];
  const rates = { rounds: 2, steadyMs: 6_000, spikeMs: 1_000, capacity: { perSecond: 40 } };
  const report = await runLoad({ host, settings, people, orderIds }, rates);
  // Beside other suites callers are starved, and may be refused.
  const isRefusal = (fault: string): boolean =>
    / (resource_exhausted|unavailable|deadline_exceeded): /.test(fault);
  expect(Object.keys(report.faults).filter((fault) => !isRefusal(fault))).toEqual([]);
  expect(report.steady.calls).toBeGreaterThan(100);
  expect(Object.values(report.methods).every(({ ratio }) => ratio > 0)).toBe(true);
}, 300_000);

test("a watch on one instance sees what is done through the other", async () => {
  const [first, second] = [await shopOf(1), await shopOf(2)];
  const { orderId, version } = await people.customer.create(randomUUID(), 1);
  const statuses: string[] = [];
  const over = new AbortController();
  const watching = (async () => {
    const watch = first.watchOrder(
      { orderId, afterVersion: 0 },
      { ...asCustomer(), signal: over.signal, deadlineMs: 120_000 },
    );
    for await (const { order } of watch) statuses.push(order?.status ?? "");
  })();
  await eventually(async () => (statuses.length > 0 ? true : undefined), "the watch has begun");
  await second.cancelOrder(
    { orderId, expectedVersion: version, commandId: randomUUID(), reason: "" },
    { ...asCustomer(), deadlineMs: 60_000 },
  );
  await watching;
  expect(statuses.at(-1)).toBe("ORDER_STATUS_CANCELLED");
  over.abort();
  await Promise.all([first.close(), second.close()]);
}, 180_000);

test("an instance that is killed leaves its outbox shards and its partitions to the other", async () => {
  const total = async (number: number): Promise<number> =>
    metricOf("crmAdmin", number, "outbox_shards_held").catch(() => 0);
  const holder = (await total(1)) > 0 ? 1 : 2;
  const heir = holder === 1 ? 2 : 1;
  const victim = holder === 1 ? "crm" : "crm-2";
  const shards = (await total(1)) + (await total(2));
  expect(shards).toBeGreaterThan(0);
  await system.stack("RESTART=off", "kill", victim);
  await eventually(
    async () => ((await total(heir)) === shards ? true : undefined),
    `${victim}'s shards are taken over`,
  );
  await deliver(people, system.settings.root, 3);
  await system.stack("start", victim);
}, 300_000);

test("rolling restarts under load fail no call", async () => {
  const { host, settings } = system;
  const orderIds = [await deliver(people, settings.root, 4), await deliver(people, settings.root, 5)];
  const next = dealer(await openCalls(host, settings, people, orderIds));
  const tally = new Tally();
  // Far below what the machine bears: others use it too.
  const load = startLoad(next, 10, tally);
  for (const service of ["shop", "mes-worker"]) await system.stack("roll", service);
  await load.stop();
  expect([...tally.faults]).toEqual([]);
  expect(tally.calls).toBeGreaterThan(100);
  await deliver(people, settings.root, 6);
}, 600_000);

test("other counts stop what is too many and start what is missing", async () => {
  const running = async (): Promise<string[]> => {
    const { processes } = JSON.parse(await system.stack("status", "--json")) as {
      processes: { name: string; state: string }[];
    };
    return processes.filter(({ state }) => state === "running").map(({ name }) => name);
  };
  await system.stack("PRICING=1", "SHOP=1", "WORKER=3", "up");
  const names = await running();
  expect(names).toEqual(expect.arrayContaining(["shop", "pricing", "crm-2", "mes-worker-3"]));
  expect(names).not.toEqual(expect.arrayContaining(["shop-2"]));
  expect(names).not.toEqual(expect.arrayContaining(["pricing-2"]));
}, 600_000);
