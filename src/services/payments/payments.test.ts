import { randomUUID } from "node:crypto";
import { createTestHost, testDatabase, type TestDatabase, type TestHost } from "../../platform/testing";
import { loadPaymentsConfig } from "./config";
import { startPayments } from "./payments";
import { paymentsMigrations } from "./store/migrations";

const approves = "4242424242424242";
const declines = "4000000000000002";
const capturesAndIsSilent = "4000000000000259";
const capturesLate = "4000000000000341";

let database: TestDatabase | undefined;
let host: TestHost;
let base: string;

beforeAll(async () => {
  database = await testDatabase(paymentsMigrations);
});
afterAll(() => database?.drop());

beforeEach(() => start({}));
afterEach(() => host.close());

async function start(env: Record<string, string>): Promise<void> {
  host = createTestHost("payments");
  const config = loadPaymentsConfig({
    DATABASE_URL: database?.url,
    HTTP_PORT: "0",
    PAYMENTS_HOLD_MS: "5000",
    PAYMENTS_LATE_CAPTURE_MS: "300",
    ...env,
  });
  base = `http://127.0.0.1:${(await startPayments(host, config)).port}`;
}

type Answer = {
  status: number;
  body: Record<string, never> & { state?: string; net?: number; error?: { reason: string } };
};

async function call(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(`${base}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    ...(signal ? { signal } : {}),
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
}

const terms = () => ({ key: randomUUID(), amountMinor: 1_250, currency: "EUR", reference: randomUUID() });
const charge = (body: object, signal?: AbortSignal) => call("POST", "/v1/payments", body, signal);
const cancel = (key: string) => call("POST", `/v1/payments/${key}/void`);
const refund = (key: string, refundKey: string) => call("POST", `/v1/payments/${key}/refund`, { refundKey });
const ledger = async (reference: string) => (await call("GET", `/v1/ledger?reference=${reference}`)).body;

test("a card that approves is captured once per key, and a repeat gets the same answer", async () => {
  const request = { ...terms(), card: approves };
  const first = await charge(request);
  expect(first).toMatchObject({ status: 200, body: { state: "captured", charge: { cardLast4: "4242" } } });
  expect(await charge(request)).toEqual(first);
  expect(await ledger(request.reference)).toMatchObject({
    captures: 1,
    refunds: 0,
    net: 1,
    netMinor: { EUR: 1_250 },
  });
});

test("the card number is nowhere in the database", async () => {
  const request = { ...terms(), card: approves };
  await charge(request);
  const text = JSON.stringify(await ledger(request.reference));
  expect(text).not.toContain(approves);
  expect(text).toMatch(/"cardToken":"card_[0-9a-f]{32}"/);
});

test.each([
  ["amount", { amountMinor: 1_251 }],
  ["currency", { currency: "USD" }],
  ["card", { card: declines }],
  ["reference", { reference: "another" }],
])("a key with another %s is refused", async (_field, change) => {
  const request = { ...terms(), card: approves };
  await charge(request);
  expect(await charge({ ...request, ...change })).toMatchObject({
    status: 409,
    body: { error: { reason: "KEY_REUSED" } },
  });
});

test("a declined card is an answer, charges nothing and stays declined", async () => {
  const request = { ...terms(), card: declines };
  expect(await charge(request)).toMatchObject({ status: 200, body: { state: "declined" } });
  expect(await cancel(request.key)).toMatchObject({ status: 200, body: { state: "declined" } });
  expect(await ledger(request.reference)).toMatchObject({ captures: 0, refunds: 0, net: 0 });
});

test("a request that does not fit names every field", async () => {
  const { status, body } = await charge({
    key: "k",
    amountMinor: 0,
    currency: "euro",
    card: "42",
    reference: "r",
  });
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toMatch(/body\.amountMinor.*body\.currency.*body\.card/);
});

test("the card that times out has captured while its caller waits in vain", async () => {
  const request = { ...terms(), card: capturesAndIsSilent };
  await expect(charge(request, AbortSignal.timeout(300))).rejects.toThrow();
  expect(await call("GET", `/v1/payments/${request.key}`)).toMatchObject({
    status: 200,
    body: { state: "captured" },
  });
  expect(await charge(request)).toMatchObject({ status: 200, body: { state: "captured" } });
  expect(await ledger(request.reference)).toMatchObject({ net: 1 });
});

test("an authorised payment is captured later by itself, also after a restart", async () => {
  const request = { ...terms(), card: capturesLate };
  await expect(charge(request, AbortSignal.timeout(100))).rejects.toThrow();
  expect(await call("GET", `/v1/payments/${request.key}`)).toMatchObject({ body: { state: "authorised" } });
  await host.close();
  await start({});
  await until(async () => (await ledger(request.reference)).net === 1);
});

test("an authorised payment that is voided is never captured", async () => {
  await host.close();
  await start({ PAYMENTS_LATE_CAPTURE_MS: "150" });
  const request = { ...terms(), card: capturesLate };
  await expect(charge(request, AbortSignal.timeout(100))).rejects.toThrow();
  expect(await cancel(request.key)).toMatchObject({ status: 200, body: { state: "voided" } });
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(await ledger(request.reference)).toMatchObject({ captures: 0, net: 0 });
});

test("an unknown key is 404, and its void makes a charge that lands later fail", async () => {
  const request = { ...terms(), card: approves };
  expect(await call("GET", `/v1/payments/${request.key}`)).toMatchObject({
    status: 404,
    body: { error: { reason: "UNKNOWN_KEY" } },
  });
  expect(await cancel(request.key)).toMatchObject({ status: 200, body: { state: "voided" } });
  expect(await charge(request)).toMatchObject({ status: 409, body: { error: { reason: "KEY_VOIDED" } } });
  expect(await cancel(request.key)).toMatchObject({ status: 200, body: { state: "voided" } });
  expect(await ledger(request.reference)).toMatchObject({ captures: 0, net: 0, payments: [] });
});

test("a void of a captured payment gives it back once", async () => {
  const request = { ...terms(), card: approves };
  await charge(request);
  const answers = await Promise.all(Array.from({ length: 8 }, () => cancel(request.key)));
  expect(answers.map((answer) => answer.body.state)).toEqual(Array(8).fill("refunded"));
  expect(await ledger(request.reference)).toMatchObject({
    captures: 1,
    refunds: 1,
    net: 0,
    netMinor: { EUR: 0 },
  });
  expect(await refund(request.key, randomUUID())).toMatchObject({
    status: 409,
    body: { error: { reason: "ALREADY_REFUNDED" } },
  });
});

test("a refund happens once per refund key, however often and at the same time it is asked for", async () => {
  const request = { ...terms(), card: approves };
  await charge(request);
  const refundKey = randomUUID();
  const answers = await Promise.all(Array.from({ length: 8 }, () => refund(request.key, refundKey)));
  expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200));
  expect(await refund(request.key, randomUUID())).toMatchObject({ status: 409 });
  expect(await ledger(request.reference)).toMatchObject({ captures: 1, refunds: 1, net: 0 });
});

test("one refund key never gives two payments back, not even at the same time", async () => {
  const one = { ...terms(), card: approves };
  const two = { ...terms(), card: approves };
  await Promise.all([charge(one), charge(two)]);
  const refundKey = randomUUID();
  const answers = await Promise.all([refund(one.key, refundKey), refund(two.key, refundKey)]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
});

test("what was not captured is not refunded", async () => {
  const request = { ...terms(), card: declines };
  await charge(request);
  expect(await refund(request.key, randomUUID())).toMatchObject({
    status: 409,
    body: { error: { reason: "NOT_CAPTURED" } },
  });
  expect(await refund(randomUUID(), randomUUID())).toMatchObject({ status: 404 });
});

test("a charge and a void that race on one key net nothing, whoever wins", async () => {
  const requests = Array.from({ length: 40 }, () => ({ ...terms(), card: approves }));
  await Promise.all(requests.flatMap((request) => [charge(request), cancel(request.key)]));
  for (const request of requests) expect(await ledger(request.reference)).toMatchObject({ net: 0 });
});

test("repeats of one charge that race capture once", async () => {
  const request = { ...terms(), card: approves };
  const answers = await Promise.all(Array.from({ length: 10 }, () => charge(request)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await ledger(request.reference)).toMatchObject({ captures: 1 });
});

test("the ledger takes no change and no deletion", async () => {
  const request = { ...terms(), card: approves };
  await charge(request);
  const admin = createTestHost("admin");
  const db = await (database as TestDatabase).open(admin);
  await expect(db.execute("UPDATE ledger_entry SET amount_minor = 1")).rejects.toThrow();
  await expect(db.execute("DELETE FROM ledger_entry")).rejects.toThrow();
  await expect(db.execute("TRUNCATE ledger_entry")).rejects.toThrow();
  await admin.close();
});

async function until(condition: () => Promise<boolean>, timeoutMs = 5_000): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error("The condition did not come true in time.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
