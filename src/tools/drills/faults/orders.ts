import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CustomerDoor, OrderView } from "../../demo/customer-door";
import { type DemoModel, sampleModels } from "../../demo/models";
import { lumpySphere, WRITERS } from "../../samples";
import type { Act, Site } from "../types";
import { once } from "./databases";

/**
 * Pays for an order and then nobody takes it. CRM's note of when it was paid is set back by two days: no drill waits for as long as an order may lie. In the end an
 * operator takes it and brings it to DELIVERED.
 */
export const orderLeftPaid: Act = async (site, undo) => {
  const { customer, staff } = site.people;
  const priced = await pricedOrder(site, customer);
  const confirmed = await customer.confirm(priced, randomUUID());
  undo.add("bring the order to its end", async () => {
    const paid = await staff.inMes(confirmed.orderId);
    let order = paid;
    for (const step of ["take", "finish", "pack", "ship"] as const)
      order = await staff[step](order, randomUUID());
    const shipped = await until(
      () => staff.inCrm(order.orderId),
      ({ version }) => version >= order.version,
    );
    await staff.delivered(shipped, randomUUID());
  });
  const paid = await customer.pay(confirmed, randomUUID());
  await until(
    () => staff.inCrm(paid.orderId),
    ({ status }) => status === "PAID",
  );
  // Triggers refuse whatever is no move of the order; a replica's session has none.
  await once(
    site,
    "crm",
    `BEGIN;
     SET LOCAL session_replication_role = replica;
     UPDATE orders SET updated_at = updated_at - interval '2 days' WHERE order_id = '${paid.orderId}';
     COMMIT`,
  );
  site.say(`order ${paid.orderId} has been paid for two days, and nobody takes it`);
};

/** Three orders to pay for. `confirmed` brings them there, and in the end calls them off, when their payments are settled; `pay` pays for all and waits for no answer. */
export function openOrders() {
  let orders: OrderView[] = [];
  const confirmed: Act = async (site, undo) => {
    const { customer } = site.people;
    orders = [];
    undo.add("call the orders off", async () => {
      for (const { orderId } of orders) await cancel(site, orderId);
    });
    for (let n = 0; n < 3; n++)
      orders.push(await customer.confirm(await pricedOrder(site, customer), randomUUID()));
  };
  const pay: Act = async ({ people }) => {
    for (const order of orders) void people.customer.pay(order, randomUUID()).catch(() => undefined);
  };
  return { confirmed, pay };
}

/** Uploads `count` models that nobody has priced before, with 20 × 4^`subdivisions` triangles each. Their orders are called off in the end. */
export function newModels(count: number, subdivisions: number): Act {
  return async (site, undo) => {
    const folder = mkdtempSync(join(tmpdir(), "alexandrite-drill-"));
    undo.add("remove the models' files", async () => rmSync(folder, { recursive: true, force: true }));
    const orderIds: string[] = [];
    let uploaded = 0;
    undo.add("call off the orders", async () => {
      for (const orderId of orderIds) await cancel(site, orderId);
    });
    for (let n = 0; n < count; n++) {
      const { customer, partner } = site.people;
      const door = n % 2 === 0 ? customer : partner;
      const model = sphereFile(folder, n, subdivisions);
      const created = await door.create(randomUUID(), 1).catch(() => undefined);
      if (!created) continue;
      orderIds.push(created.orderId);
      await door.upload(created, model, randomUUID()).then(
        () => (uploaded += 1),
        (error: Error) => site.say(`a model was not taken: ${error.message}`),
      );
    }
    site.say(`${uploaded} of ${count} models were taken`);
  };
}

/** A radius that nobody else uses makes it a model of its own. */
function sphereFile(folder: string, n: number, subdivisions: number): DemoModel {
  const fileName = `sphere-${n}.stl`;
  const path = join(folder, fileName);
  writeFileSync(path, WRITERS[".stl"]!(lumpySphere(subdivisions, 10 + Math.random() * 20)));
  return { path, fileName, format: "stl" };
}

async function pricedOrder({ settings }: Site, door: CustomerDoor): Promise<OrderView> {
  const created = await door.create(randomUUID(), 1);
  await door.upload(created, sampleModels(settings.root)[0]!, randomUUID());
  return until(
    () => door.get(created.orderId),
    ({ status }) => status === "PRICED",
  );
}

async function until(
  look: () => Promise<OrderView>,
  holds: (order: OrderView) => boolean,
  withinMs = 30_000,
): Promise<OrderView> {
  const end = Date.now() + withinMs;
  for (;;) {
    const order = await look().catch(() => undefined);
    if (order && holds(order)) return order;
    if (Date.now() > end) throw new Error(`order ${order?.orderId ?? ""} stays ${order?.status ?? "unseen"}`);
    await sleep(200);
  }
}

/** Calls an order off as a seller; one that has ended stays as it is. */
async function cancel({ people, say }: Site, orderId: string): Promise<void> {
  const headers = { authorization: `Bearer ${people.tokens.customer}`, "content-type": "application/json" };
  for (let attempt = 0; attempt < 20; attempt++) {
    const order = await people.staff.inMes(orderId).catch(() => undefined);
    if (order && ["CANCELLED", "DELIVERED"].includes(order.status)) return;
    if (order) {
      const body = JSON.stringify({
        expectedVersion: order.version,
        commandId: randomUUID(),
        reason: "a drill",
      });
      for (const path of [`/api/v1/orders/${orderId}/cancel`, `/api/v1/seller/orders/${orderId}/cancel`]) {
        const auth = path.includes("seller")
          ? { ...headers, authorization: `Bearer ${people.tokens.seller}` }
          : headers;
        const answer = await fetch(`${people.gatewayUrl}${path}`, { method: "POST", headers: auth, body });
        if (answer.ok) return;
        await answer.body?.cancel();
      }
    }
    await sleep(500);
  }
  say(`order ${orderId} could not be called off`);
}
