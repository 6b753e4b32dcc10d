import { randomUUID } from "node:crypto";
import { type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { paymentKey } from "../domain/payment-intent";
import { insertIntent } from "../store/payment-intents";
import { anna, cards, faultOf, isCharge, isVoid, usePayingShop } from "../testing/paying-shop";

const S = OrderStatus;
const { asAnna, cancel, confirmed, db, intentStates, pay, run, settled } = usePayingShop();

test("a card that approves makes the order PAID, with the payment's key, captured once", async () => {
  const order = await confirmed();
  const paid = (await pay(order)).order;
  expect(paid).toMatchObject({
    status: S.ORDER_STATUS_PAID,
    version: order.version + 1,
    paymentKey: paymentKey(order.orderId, order.version, 1),
  });
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, net: 1, netMinor: { EUR: 1_990 } });
  expect(await intentStates(order)).toEqual(["captured"]);
  const told = { order_id: order.orderId, order_status: "PAID", order_version: String(order.version + 1) };
  expect(run().shopHost.logs).toContainEqual(expect.objectContaining({ rpc_code: "OK", ...told }));
});

test("no card number is kept: not in the database, not in an event, not in a log line", async () => {
  await pay(await confirmed());
  const tables = ["payment_intent", "order_event", "orders", "outbox"];
  for (const table of tables) {
    const rows = await db().query<{ text: string }>(`SELECT row_to_json(t)::text AS text FROM ${table} t`);
    expect(rows.some((row) => row.text.includes(cards.approves) || row.text.includes("34323432"))).toBe(
      false,
    );
  }
  expect(JSON.stringify(run().shopHost.logs)).not.toContain(cards.approves);
  expect(
    JSON.stringify(
      run()
        .shopHost.spans()
        .map((span) => span.attributes),
    ),
  ).not.toContain(cards.approves);
});

test("a declined card leaves the order CONFIRMED; another card pays it", async () => {
  const order = await confirmed();
  const commandId = randomUUID();
  expect(await faultOf(pay(order, cards.declines, commandId))).toMatchObject({
    category: "failed_precondition",
    reason: "CARD_DECLINED",
  });
  expect(await faultOf(pay(order, cards.approves, commandId))).toMatchObject({ reason: "CARD_DECLINED" });
  expect((await pay(order)).order?.status).toBe(S.ORDER_STATUS_PAID);
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, refunds: 0, net: 1 });
});

test("a provider that captures and then times out: the order ends PAID, in the same call when its time allows", async () => {
  const order = await confirmed();
  expect((await pay(order, cards.capturesAndIsSilent)).order?.status).toBe(S.ORDER_STATUS_PAID);
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, net: 1 });
});

test("a caller who leaves while the provider is silent stops nothing", async () => {
  const order = await confirmed();
  expect(await faultOf(pay(order, cards.capturesAndIsSilent, "", { deadlineMs: 300 }))).toMatchObject({
    category: "deadline_exceeded",
  });
  await run().until(order.orderId, ({ status }) => status === S.ORDER_STATUS_PAID);
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, net: 1 });
});

test("a repeat of a command pays once and answers the same, also at the same time and later", async () => {
  const order = await confirmed();
  const commandId = randomUUID();
  const answers = await Promise.all(Array.from({ length: 6 }, () => pay(order, cards.approves, commandId)));
  const first = answers[0]?.order;
  expect(first?.status).toBe(S.ORDER_STATUS_PAID);
  await run().until(order.orderId, ({ version }) => version === order.version + 1);
  expect((await pay(order, cards.approves, commandId)).order).toEqual(first);
  expect(answers.every((answer) => answer.order?.version === first?.version)).toBe(true);
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, net: 1 });
});

test("a command_id that made another move is refused before anything is charged", async () => {
  const commandId = randomUUID();
  const priced = await run().holders.bring(anna, S.ORDER_STATUS_PRICED);
  const order = await run().holders.move(priced, S.ORDER_STATUS_CONFIRMED, commandId);
  expect(await faultOf(pay(order, cards.approves, commandId))).toMatchObject({ reason: "COMMAND_REUSED" });
  expect(await run().ledger(order.orderId)).toMatchObject({ payments: [] });
});

test("two payments of one order at the same time charge once; the other is told that one is open", async () => {
  const order = await confirmed();
  const outcomes = await Promise.all([1, 2, 3].map(() => faultOf(pay(order))));
  expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
  for (const fault of outcomes.filter((outcome) => outcome !== undefined)) {
    expect(["PAYMENT_OPEN", "VERSION_MISMATCH", "ILLEGAL_TRANSITION"]).toContain(fault.reason);
  }
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, net: 1 });
});

test("a charge that is lost on its way is voided, and when it lands later it is refused: nothing is charged, and the order can be paid", async () => {
  const order = await confirmed();
  run().line.fateOf = (method, path) => (isCharge(method, path) ? "hold" : "pass");
  expect(await faultOf(pay(order))).toMatchObject({
    category: "failed_precondition",
    reason: "PAYMENT_VOIDED",
  });
  expect(await run().line.release()).toEqual([409]);
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 0, net: 0 });
  run().line.fateOf = () => "pass";
  expect((await pay(order)).order?.status).toBe(S.ORDER_STATUS_PAID);
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, refunds: 0, net: 1 });
});

test("while the void is not acknowledged the intent stays open; a charge that lands meanwhile is given back by the void", async () => {
  const order = await confirmed();
  run().line.fateOf = (method, path) =>
    isCharge(method, path) ? "hold" : isVoid(method, path) ? "lose request" : "pass";
  const fault = await faultOf(pay(order, cards.approves, "", { deadlineMs: 4_000 }));
  expect(fault).toMatchObject({ category: "deadline_exceeded", reason: "PAYMENT_UNRESOLVED" });
  expect(await intentStates(order)).toEqual(["voiding"]);
  expect(await faultOf(cancel(order))).toMatchObject({ reason: "PAYMENT_OPEN" });
  expect(await faultOf(pay(order))).toMatchObject({ reason: "PAYMENT_OPEN" });
  expect(await run().line.release()).toEqual([200]);
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, net: 1 });
  run().line.fateOf = () => "pass";
  await settled(order);
  expect(await intentStates(order)).toEqual(["voided"]);
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, refunds: 1, net: 0 });
  expect((await cancel(order)).order?.status).toBe(S.ORDER_STATUS_CANCELLED);
  expect(await run().ledger(order.orderId)).toMatchObject({ net: 0 });
});

test("a payment that is only authorised is waited for: captured late, the order ends PAID", async () => {
  const order = await confirmed();
  const fault = await faultOf(pay(order, cards.capturesLate, "", { deadlineMs: 1_500 }));
  expect(fault).toMatchObject({ category: "deadline_exceeded", reason: "PAYMENT_UNRESOLVED" });
  expect(await faultOf(cancel(order))).toMatchObject({ reason: "PAYMENT_OPEN" });
  await run().until(order.orderId, ({ status }) => status === S.ORDER_STATUS_PAID);
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, net: 1 });
});

test("a provider that cannot be asked keeps the intent open; when it can be, the order is PAID", async () => {
  const order = await confirmed();
  run().line.fateOf = (method, path) => (isCharge(method, path) ? "lose answer" : "lose request");
  expect(await faultOf(pay(order, cards.approves, "", { deadlineMs: 2_500 }))).toMatchObject({
    reason: "PAYMENT_UNRESOLVED",
  });
  expect(await intentStates(order)).toEqual(["open"]);
  expect(await faultOf(cancel(order))).toMatchObject({ reason: "PAYMENT_OPEN" });
  run().line.fateOf = () => "pass";
  await run().until(order.orderId, ({ status }) => status === S.ORDER_STATUS_PAID);
  expect(await run().ledger(order.orderId)).toMatchObject({ captures: 1, net: 1 });
});

/** What a process leaves that dies before it hears of its charge, or before it sends it: an open intent that nobody looks after. */
async function abandonIntent({ orderId, version }: Order, isCharged: boolean): Promise<string> {
  const key = paymentKey(orderId, version, 1);
  if (isCharged) {
    const body = { key, amountMinor: 1_990, currency: "EUR", card: cards.approves, reference: orderId };
    const headers = { "content-type": "application/json" };
    await fetch(`${run().line.url}/v1/payments`, { method: "POST", headers, body: JSON.stringify(body) });
  }
  const actor = { role: "customer", id: anna };
  const terms = { amountMinor: 1_990, currency: "EUR", cardLast4: "4242", actor, trace: {} };
  const intent = { key, orderId, orderVersion: version, attempt: 1, ...terms };
  await db().transaction((tx) => insertIntent(tx, intent, 0));
  return key;
}

test("a crash between the charge and PAID is made good by the resolver; so is one before the charge", async () => {
  const charged = await confirmed();
  const uncharged = await confirmed();
  const key = await abandonIntent(charged, true);
  await abandonIntent(uncharged, false);
  const paid = await run().until(charged.orderId, ({ status }) => status === S.ORDER_STATUS_PAID);
  expect(paid.paymentKey).toBe(key);
  expect(await run().ledger(charged.orderId)).toMatchObject({ captures: 1, net: 1 });
  await settled(uncharged);
  expect(await intentStates(uncharged)).toEqual(["voided"]);
  expect((await pay(uncharged)).order?.status).toBe(S.ORDER_STATUS_PAID);
  expect(await run().ledger(uncharged.orderId)).toMatchObject({ captures: 1, net: 1 });
});

test("two instances that resolve the same intents at the same time agree on each", async () => {
  const another = await run().startAnother();
  const orders = await Promise.all(Array.from({ length: 10 }, () => confirmed()));
  await Promise.all(orders.map((order, i) => abandonIntent(order, i % 2 === 0)));
  // Takes the lease away again and again, so that both are at the same intents.
  for (let i = 0; i < 10; i++) {
    await db().execute("UPDATE payment_intent SET resolve_at = now() WHERE state IN ('open', 'voiding')");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const [i, order] of orders.entries()) {
    await settled(order);
    expect(await intentStates(order)).toEqual([i % 2 === 0 ? "captured" : "voided"]);
    expect(await run().ledger(order.orderId)).toMatchObject({ net: i % 2 === 0 ? 1 : 0 });
  }
  await another.close();
});

test("a lapsed price is not paid, and its order is cancelled by itself, but not while a payment is open", async () => {
  // Long enough for the payment to be open before, on a machine that is slow.
  const validUntil = new Date(Date.now() + 6_000);
  const order = await confirmed({ validUntil });
  const idle = await confirmed({ validUntil });
  run().line.fateOf = (method, path) => (isCharge(method, path) ? "hold" : "lose request");
  const paying = faultOf(pay(order, cards.approves, "", { deadlineMs: 20_000 }));
  await run().until(idle.orderId, ({ status }) => status === S.ORDER_STATUS_CANCELLED);
  expect(await faultOf(pay(idle))).toMatchObject({
    reason: expect.stringMatching(/VERSION_MISMATCH|ILLEGAL/),
  });
  const { order: stands } = await run().shop.getOrder({ orderId: order.orderId }, asAnna());
  expect(stands?.status).toBe(S.ORDER_STATUS_CONFIRMED);
  run().line.fateOf = () => "pass";
  expect(await paying).toMatchObject({ reason: "PAYMENT_VOIDED" });
  await run().until(order.orderId, ({ status }) => status === S.ORDER_STATUS_CANCELLED);
  expect(await run().line.release()).toEqual([409]);
  expect(await run().ledger(order.orderId)).toMatchObject({ net: 0 });
}, 60_000);

test("what is not CONFIRMED, or not at the version the caller saw, is not charged", async () => {
  const priced = await run().holders.bring(anna, S.ORDER_STATUS_PRICED);
  await run().until(priced.orderId, ({ version }) => version === 3);
  expect(await faultOf(pay(priced))).toMatchObject({ reason: "ILLEGAL_TRANSITION" });
  const order = await confirmed();
  expect(await faultOf(pay({ ...order, version: 3 }))).toMatchObject({
    category: "aborted",
    reason: "VERSION_MISMATCH",
  });
  for (const { orderId } of [priced, order])
    expect(await run().ledger(orderId)).toMatchObject({ payments: [] });
});

test("a payment waits for its order to arrive, within its deadline", async () => {
  const order = await run().holders.bring(anna, S.ORDER_STATUS_PRICED);
  await run().until(order.orderId, ({ version }) => version === 3);
  const paying = pay({ ...order, version: 4 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await run().holders.move(order, S.ORDER_STATUS_CONFIRMED);
  expect((await paying).order?.status).toBe(S.ORDER_STATUS_PAID);
});
