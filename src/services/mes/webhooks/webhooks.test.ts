import { createHash, randomUUID } from "node:crypto";
import { Webhook as Verifier } from "standardwebhooks";
import {
  type Webhook,
  type WebhookDelivery,
  WebhookDeliveryState as State,
} from "../../../gen/alexandrite/mes/v1/mes";
import type { PlainMetadata } from "../../../platform/grpc";
import { cubeStl } from "../testing/models";
import { type RunningMes, runMes } from "../testing/running-mes";
import { openReceiver, type Receiver, status } from "./testing/receiver";

let run: RunningMes;
let receiver: Receiver;
let rival: PlainMetadata;
const secrets: string[] = [];

beforeAll(async () => {
  run = await runMes({
    WEBHOOK_ALLOW_PRIVATE: "true",
    WEBHOOK_FIRST_RETRY_MS: "20",
    WEBHOOK_TIMEOUT_MS: "5000",
  });
  rival = await newPartner("alx_partner_rival_0123456789abcdef");
});
afterAll(() => run?.close());
beforeEach(async () => {
  receiver = await openReceiver();
});
afterEach(async () => {
  for (const as of [run.partner, rival])
    for (const { webhookId } of await listed(as))
      await run.mes.deleteWebhook({ webhookId }, { metadata: as });
  await receiver.close();
});

async function newPartner(key: string): Promise<PlainMetadata> {
  const partnerId = randomUUID();
  await run.db.execute("INSERT INTO partner (partner_id, name) VALUES ($1, 'Rival')", [partnerId]);
  const hash = createHash("sha256").update(key).digest();
  await run.db.execute("INSERT INTO api_key (key_hash, partner_id) VALUES ($1, $2)", [hash, partnerId]);
  return { "x-api-key": key };
}

async function register(
  url = receiver.url(),
  as = run.partner,
): Promise<{ webhook: Webhook; secret: string }> {
  const request = { webhookId: randomUUID(), url };
  const { webhook, secret } = await run.mes.createWebhook(request, { metadata: as });
  if (!webhook) throw new Error("The answer has no webhook.");
  secrets.push(secret);
  return { webhook, secret };
}
async function listed(as = run.partner): Promise<Webhook[]> {
  return (await run.mes.listWebhooks({}, { metadata: as })).webhooks;
}
async function deliveries(webhookId: string, state = State.WEBHOOK_DELIVERY_STATE_UNSPECIFIED) {
  const request = { webhookId, state, pageSize: 0, pageToken: "" };
  return (await run.mes.listWebhookDeliveries(request, { metadata: run.partner })).deliveries;
}
async function delivery(webhookId: string, state: State, attempts = 0): Promise<WebhookDelivery> {
  for (const giveUpAt = Date.now() + 20_000; ;) {
    const [first] = await deliveries(webhookId);
    if (first?.state === state && first.attempts.length >= attempts) return first;
    if (Date.now() > giveUpAt) throw new Error(`The delivery is still ${JSON.stringify(first)}.`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
const { WEBHOOK_DELIVERY_STATE_PENDING: pending } = State;
const { WEBHOOK_DELIVERY_STATE_DELIVERED: delivered, WEBHOOK_DELIVERY_STATE_FAILED: failed } = State;

test("every status of a partner's order is posted, signed as Standard Webhooks says", async () => {
  const { secret } = await register();
  const order = await run.create(run.partner);
  await run.upload(order, cubeStl(41), { as: run.partner });
  const posts = await receiver.until(2);
  const verified = posts.map(({ headers, body }) => {
    expect(headers["content-type"]).toBe("application/json");
    return new Verifier(secret).verify(body, headers as Record<string, string>);
  });
  expect(verified).toEqual([
    expect.objectContaining({
      type: "order.status_changed",
      data: { orderId: order.orderId, version: 1, status: "CREATED" },
    }),
    expect.objectContaining({
      data: { orderId: order.orderId, version: 2, status: "MODEL_UPLOADED" },
    }),
  ]);
  expect(posts[0]?.headers["webhook-id"]).toBe(`${order.orderId}:1:webhook`);
});

test("orders of customers and of other partners are posted to nobody's webhook", async () => {
  await register();
  const theirs = await openReceiver();
  await register(theirs.url(), rival);
  await run.create(run.anna);
  const own = await run.create(run.partner);
  const foreign = await run.create(rival);
  const [post] = await receiver.until(1);
  const [other] = await theirs.until(1);
  expect(post?.headers["webhook-id"]).toBe(`${own.orderId}:1:webhook`);
  expect(other?.headers["webhook-id"]).toBe(`${foreign.orderId}:1:webhook`);
  expect([receiver.received.length, theirs.received.length]).toEqual([1, 1]);
  await theirs.close();
});

test("a failed delivery is tried again under the same id until it arrives, and lists its attempts", async () => {
  let left = 2;
  receiver.answer((response) => void response.writeHead(left-- > 0 ? 503 : 200).end("thanks"));
  const { webhook } = await register();
  await run.create(run.partner);
  const posts = await receiver.until(3);
  expect(new Set(posts.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  const { attempts, dueAt } = await delivery(webhook.webhookId, delivered);
  expect(dueAt).toBeUndefined();
  expect(attempts.map(({ httpStatus, error, answer }) => [httpStatus, error, answer])).toEqual([
    [503, "answered 503", "thanks"],
    [503, "answered 503", "thanks"],
    [200, "", "thanks"],
  ]);
  expect(attempts.every(({ attemptedAt }) => attemptedAt instanceof Date)).toBe(true);
});

test("a delivery is tried for three days and given up then, with one last attempt at their end", async () => {
  receiver.answer(status(500));
  const { webhook } = await register();
  await run.create(run.partner);
  await receiver.until(1);
  // A wait that would end after the three days is cut short: it is not the end of the delivery.
  await run.db.execute(
    `UPDATE webhook_delivery SET tries = 30, due_at = now(), pending_since = now() - interval '71 hours 59 minutes' WHERE webhook_id = $1`,
    [webhook.webhookId],
  );
  const tries = async () =>
    run.db.one<{ tries: number; left: number }>(
      "SELECT tries, extract(epoch FROM due_at - now())::float8 AS left FROM webhook_delivery WHERE webhook_id = $1",
      [webhook.webhookId],
    );
  await until(async () => (await tries()).tries > 30 && (await tries()).left < 60);
  expect(await delivery(webhook.webhookId, pending)).toMatchObject({ dueAt: expect.any(Date) as Date });
  await run.db.execute(
    `UPDATE webhook_delivery SET due_at = now(), pending_since = now() - interval '72 hours' WHERE webhook_id = $1`,
    [webhook.webhookId],
  );
  const { attempts } = await delivery(webhook.webhookId, failed);
  const posts = receiver.received.length;
  expect(attempts).toHaveLength(posts);
  expect(await deliveries(webhook.webhookId, pending)).toEqual([]);
  expect(await run.host.metric("webhook_deliveries_total", { outcome: "failed" })).toBeGreaterThan(0);
});

test("a delivery that was given up is sent again by hand, and its attempts go on", async () => {
  receiver.answer(status(500));
  const { webhook } = await register();
  await run.create(run.partner);
  await receiver.until(1);
  await run.db.execute(
    "UPDATE webhook_delivery SET pending_since = now() - interval '4 days', due_at = now() WHERE webhook_id = $1",
    [webhook.webhookId],
  );
  const { deliveryId, attempts } = await delivery(webhook.webhookId, failed);
  receiver.answer(status(204));
  const again = await run.mes.resendWebhookDelivery({ deliveryId }, { metadata: run.partner });
  expect(again.delivery).toMatchObject({ deliveryId, state: pending });
  const { attempts: all } = await delivery(webhook.webhookId, delivered);
  expect(all).toHaveLength(attempts.length + 1);
  await run.mes.resendWebhookDelivery({ deliveryId }, { metadata: run.partner });
  await delivery(webhook.webhookId, delivered, attempts.length + 2);
});

test("a deleted webhook gets nothing more, and is not shown", async () => {
  receiver.answer(status(500));
  const { webhook } = await register();
  await run.create(run.partner);
  await receiver.until(2);
  await run.mes.deleteWebhook({ webhookId: webhook.webhookId }, { metadata: run.partner });
  await settled(webhook.webhookId);
  const posts = receiver.received.length;
  // As an order leaves behind that moved at the same moment.
  await run.db.execute(
    "UPDATE webhook_delivery SET state = 'pending', due_at = now(), ended_at = NULL WHERE webhook_id = $1",
    [webhook.webhookId],
  );
  await run.create(run.partner);
  await settled(webhook.webhookId);
  expect(receiver.received).toHaveLength(posts);
  expect(await listed()).toEqual([]);
  await expect(deliveries(webhook.webhookId)).rejects.toMatchObject({ reason: "WEBHOOK_NOT_FOUND" });
});

test("a server that answers 410 ends its webhook", async () => {
  receiver.answer(status(410));
  const { webhook } = await register();
  await run.create(run.partner);
  const { deliveryId, attempts } = await delivery(webhook.webhookId, failed);
  expect(attempts).toHaveLength(1);
  await until(async () => (await listed())[0]?.disabledReason === "GONE");
  await run.create(run.partner);
  expect(await deliveries(webhook.webhookId)).toHaveLength(1);
  await expect(
    run.mes.resendWebhookDelivery({ deliveryId }, { metadata: run.partner }),
  ).rejects.toMatchObject({ reason: "WEBHOOK_DISABLED" });
});

test("nobody sees, deletes or sends again what is another partner's", async () => {
  const { webhook } = await register();
  const { webhookId, url } = webhook;
  await run.create(run.partner);
  const { deliveryId } = await delivery(webhookId, delivered);
  const as = { metadata: rival };
  expect(await listed(rival)).toEqual([]);
  const page = { webhookId, state: State.WEBHOOK_DELIVERY_STATE_UNSPECIFIED, pageSize: 0, pageToken: "" };
  const missing = { reason: "WEBHOOK_NOT_FOUND" };
  await expect(run.mes.listWebhookDeliveries(page, as)).rejects.toMatchObject(missing);
  await expect(run.mes.deleteWebhook({ webhookId }, as)).rejects.toMatchObject(missing);
  await expect(run.mes.resendWebhookDelivery({ deliveryId }, as)).rejects.toMatchObject({
    reason: "DELIVERY_NOT_FOUND",
  });
  await expect(run.mes.createWebhook({ webhookId, url }, as)).rejects.toMatchObject({
    reason: "WEBHOOK_EXISTS",
  });
  expect(await listed()).toMatchObject([{ webhookId, url }]);
});

test("the secret is told once, also when the call is repeated, and never logged or traced", async () => {
  receiver.answer(status(500));
  const { webhook, secret } = await register(receiver.url("/hook?token=partners-own"));
  const { webhookId, url } = webhook;
  const again = await run.mes.createWebhook({ webhookId, url }, { metadata: run.partner });
  expect(again).toEqual({ webhook, secret: "" });
  expect(JSON.stringify(await listed())).not.toContain("whsec_");
  await run.create(run.partner);
  await receiver.until(2);
  await delivery(webhookId, pending, 2);
  const lines = JSON.stringify(run.host.logs);
  const spans = JSON.stringify(
    run.host.spans().map(({ name, attributes, events }) => [name, attributes, events]),
  );
  expect(lines).toContain("webhook not delivered");
  expect(spans).toContain("webhook.post");
  for (const each of [...secrets, secret.slice(6), "partners-own"]) {
    expect(lines).not.toContain(each);
    expect(spans).not.toContain(each);
  }
});

test("a partner has ten webhooks at most, to addresses that may be posted to", async () => {
  for (let i = 0; i < 10; i++) await register(receiver.url(`/${i}`));
  await expect(register()).rejects.toMatchObject({ reason: "TOO_MANY_WEBHOOKS" });
  await expect(register("http://10.0.0.1/hook", rival)).rejects.toMatchObject({
    reason: "WEBHOOK_URL_REFUSED",
  });
});

test("attempts that would not fit in an answer leave the oldest out, and make pages shorter", async () => {
  const { webhook } = await register();
  const { webhookId } = webhook;
  for (let i = 0; i < 3; i++) await run.create(run.partner);
  await until(async () => (await deliveries(webhookId, delivered)).length === 3);
  await run.db.execute(
    `INSERT INTO webhook_attempt SELECT delivery_id, 1000 + n, now(), 1, 500, 'answered 500', repeat('ы', 1000)
     FROM webhook_delivery, generate_series(1, 1000) n WHERE webhook_id = $1`,
    [webhookId],
  );
  const found = await deliveries(webhookId);
  expect(found).toHaveLength(3);
  for (const { attempts } of found) {
    expect(attempts.length).toBeGreaterThan(20);
    expect(attempts.length).toBeLessThan(40);
  }
});

async function settled(webhookId: string): Promise<void> {
  await until(async () => {
    const { count } = await run.db.one<{ count: number }>(
      "SELECT count(*) FROM webhook_delivery WHERE webhook_id = $1 AND state = 'pending'",
      [webhookId],
    );
    return count === 0;
  });
}
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = Date.now() + 20_000; !(await holds());) {
    if (Date.now() > giveUpAt) throw new Error("It does not hold after 20 s.");
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
