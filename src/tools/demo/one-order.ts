import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { CustomerDoor, OrderView } from "./customer-door";
import { DoorError } from "./customer-door";
import type { Latencies } from "./latency";
import type { DemoModel } from "./models";
import { persist } from "./persist";
import type { StaffDoor } from "./staff-door";

export type Plan = {
  customer: CustomerDoor;
  staff: StaffDoor;
  model: DemoModel;
  quantity: number;
  sellerDelivers: boolean;
};

/** How long a state may take to show, in milliseconds, and how often it is looked for. */
const patienceMs = 120_000;
const lookMs = 100;

/** Takes one order from nothing to DELIVERED through the public doors, and sees that Shop, CRM and MES agree in the end. */
export async function runOrder(plan: Plan, latencies: Latencies): Promise<OrderView> {
  const { customer, staff, model } = plan;
  const orderId = randomUUID();
  const step = (name: string, run: (commandId: string) => Promise<OrderView>): Promise<OrderView> => {
    const commandId = randomUUID();
    return latencies.time(name, () => persist(() => run(commandId), isLater));
  };
  const created = await step("create", () => customer.create(orderId, plan.quantity));
  await step("upload", (id) => customer.upload(created, model, id));
  const priced = await latencies.time("price", () => see(customer, orderId, ["PRICED"]));
  const confirmed = await step("confirm", (id) => customer.confirm(priced, id));
  const paid = await latencies.time("pay", () => pay(customer, confirmed));
  const taken = await step("take", (id) => staff.take(paid, id));
  const finished = await step("finish", (id) => staff.finish(taken, id));
  const packed = await step("pack", (id) => staff.pack(finished, id));
  const shipped = await step("ship", (id) => staff.ship(packed, id));
  const delivered = await step("deliver", (id) =>
    plan.sellerDelivers ? staff.delivered(shipped, id) : customer.delivered(shipped, id),
  );
  await latencies.time("agree", () => agree(plan, delivered));
  return delivered;
}

/** Pays; while Shop is still finding out what became of a charge, waits for its finding, and charges again only when that is called off. */
async function pay(customer: CustomerDoor, confirmed: OrderView): Promise<OrderView> {
  let commandId = randomUUID();
  return persist(async () => {
    try {
      return await customer.pay(confirmed, commandId);
    } catch (error) {
      const now = await customer.get(confirmed.orderId);
      if (now.status === "PAID") return now;
      // Nothing was charged and never will be under this command.
      if ((error as { reason?: string }).reason === "PAYMENT_VOIDED") commandId = randomUUID();
      throw error;
    }
  }, isLater);
}

/** Waits until the customer sees the order in one of these states. */
async function see(customer: CustomerDoor, orderId: string, statuses: string[]): Promise<OrderView> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const order = await persist(() => customer.get(orderId), isLater);
    if (statuses.includes(order.status)) return order;
    if (["PRICING_FAILED", "CANCELLED"].includes(order.status) || Date.now() > until) {
      throw new Error(`order ${orderId} is ${order.status}, not ${statuses.join(" or ")}`);
    }
    await sleep(lookMs);
  }
}

/** Waits until the customer's, the seller's and the operator's views are the same version. */
async function agree({ customer, staff }: Plan, { orderId, version, status }: OrderView): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const views = await persist(
      () => Promise.all([customer.get(orderId), staff.inCrm(orderId), staff.inMes(orderId)]),
      isLater,
    );
    if (views.every((view) => view.version === version && view.status === status)) return;
    if (Date.now() > until)
      throw new Error(`order ${orderId}: Shop, CRM and MES say ${JSON.stringify(views)}`);
    await sleep(lookMs);
  }
}

/** Failures that say nothing about the order: nobody answered, or somebody asked to come back later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DoorError) {
    const { httpStatus, reason } = error;
    return (
      [429, 499, 502, 503, 504].includes(httpStatus) || ["PAYMENT_OPEN", "PAYMENT_VOIDED"].includes(reason)
    );
  }
  const category = (error as { category?: string }).category;
  if (category !== undefined) {
    return ["unavailable", "deadline_exceeded", "resource_exhausted", "cancelled"].includes(category);
  }
  // fetch: refused or cut connections are TypeErrors, its time limit a TimeoutError.
  return ["TypeError", "TimeoutError"].includes((error as Error).name);
}

/** The order is known to exist: who has not heard of it yet, or of its last move, will. */
function isLater(error: unknown): boolean {
  const { reason, httpStatus, category } = error as {
    reason?: string;
    httpStatus?: number;
    category?: string;
  };
  return isTransient(error) || httpStatus === 404 || category === "not_found" || reason === "NOT_HOLDER";
}
