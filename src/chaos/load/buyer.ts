import { randomUUID } from "node:crypto";
import type { OrderView } from "../../tools/demo/customer-door";
import { again, pause } from "./again";
import type { Buyer } from "./people";
import { recordedBuyer, type RecordedBuyer } from "./recorded";
import { chance, pickOf, type World } from "./world";

/** How often somebody changes their mind, sends a command a second time though the first was answered, or pays with a card that makes trouble. */
export type Habits = { repeats: number; cancels: number; reprices: number };

const cards = { approves: "4242424242424242", declines: "4000000000000002" };
/** Captures and does not answer; authorises, does not answer, and captures later. */
const awkwardCards = ["4000000000000259", "4000000000000341"];
/** A price, or a move of somebody else, is not waited for longer, in milliseconds: the buyer goes on with the next order. */
const patienceMs = 15_000;

/** Orders one thing after the other: upload, price, confirm, pay; looks after what is on its way, and says so when it has come. */
export async function buy(world: World, buyer: Buyer, name: string, habits: Habits): Promise<void> {
  const client = world.recorder.client(name, buyer.caller);
  const calls = recordedBuyer(client, buyer.door, buyer.caller.id);
  const underWay: string[] = [];
  while (await pause(world, 20 + world.random() * 150)) {
    const orderId = await order(world, calls, buyer.name, habits);
    if (orderId !== undefined) underWay.push(orderId);
    if (underWay.length > 2) await receive(world, calls, underWay);
  }
}

/** Brings one order as far as it gets; its id when it is paid. */
async function order(
  world: World,
  calls: RecordedBuyer,
  buyer: string,
  habits: Habits,
): Promise<string | undefined> {
  const orderId = randomUUID();
  const step = (run: (commandId: string) => Promise<OrderView>): Promise<OrderView | undefined> => {
    const commandId = randomUUID();
    return twice(world, habits.repeats, () => run(commandId));
  };
  const gives = (share: number): boolean => chance(world, share);
  const cancel = (seen: OrderView) => step((id) => calls.cancel(seen, id));

  const created = await twice(world, habits.repeats, () =>
    calls.create(orderId, 1 + Math.floor(world.random() * 4)),
  );
  if (!created) return undefined;
  world.recent.add({ orderId, buyer });
  if (gives(habits.cancels / 2)) return void (await cancel(created));
  const model = world.models.next();
  const uploaded = await step((id) => calls.upload(created, model, id));
  if (!uploaded || gives(habits.cancels / 4)) return void (uploaded && (await cancel(uploaded)));
  let priced = await see(world, calls, orderId, ["PRICED"]);
  if (priced && gives(habits.reprices)) {
    const old = priced;
    const specification = { material: "PLA", finish: "RAW", quantity: 5 + Math.floor(world.random() * 5) };
    const asked = await step((id) => calls.reprice(old, specification, id));
    priced = asked && (await see(world, calls, orderId, ["PRICED"], asked.version));
  }
  if (!priced) return undefined;
  const offer = priced;
  if (gives(habits.cancels)) return void (await cancel(offer));
  const confirmed = await step((id) => calls.confirm(offer, id));
  if (!confirmed || gives(habits.cancels / 2)) return void (confirmed && (await cancel(confirmed)));
  const paid = await pay(world, calls, confirmed, habits);
  if (!paid) return undefined;
  if (gives(habits.cancels / 2)) return void (await cancel(paid));
  return orderId;
}

/** Some cards are declined, some leave open what became of them; a good one comes last. */
async function pay(
  world: World,
  calls: RecordedBuyer,
  confirmed: OrderView,
  { repeats }: Habits,
): Promise<OrderView | undefined> {
  const attempt = (card: string): Promise<OrderView | undefined> => {
    const commandId = randomUUID();
    return twice(world, repeats, () => calls.pay(confirmed, commandId, card));
  };
  if (chance(world, 0.05)) await attempt(cards.declines);
  if (chance(world, 0.08)) return attempt(pickOf(world, awkwardCards)!);
  return (await attempt(cards.approves)) ?? attempt(cards.approves);
}

/** A command that is answered is sent once more by some, with the same id: they have not got the answer, or are not sure. */
async function twice(
  world: World,
  share: number,
  call: () => Promise<OrderView>,
): Promise<OrderView | undefined> {
  const answer = await again(world, call);
  if (answer && chance(world, share)) await again(world, call);
  return answer;
}

/** Looks until the order is in one of these states, in a later version than `after`. */
async function see(
  world: World,
  calls: RecordedBuyer,
  orderId: string,
  statuses: readonly string[],
  after = 0,
): Promise<OrderView | undefined> {
  for (const until = Date.now() + patienceMs; Date.now() < until;) {
    const view = await again(world, () => calls.get(orderId));
    if (!view || ["CANCELLED", "PRICING_FAILED"].includes(view.status)) return undefined;
    if (statuses.includes(view.status) && view.version > after) return view;
    if (!(await pause(world, 150 + world.random() * 100))) return undefined;
  }
  return undefined;
}

/** Looks after one of the orders that are paid. */
async function receive(world: World, calls: RecordedBuyer, underWay: string[]): Promise<void> {
  const at = Math.floor(world.random() * underWay.length);
  const view = await again(world, () => calls.get(underWay[at]!));
  if (!view) return;
  const commandId = randomUUID();
  if (view.status === "SHIPPED") await again(world, () => calls.delivered(view, commandId));
  // The seller may be quicker; and nobody looks after a few dozen.
  if (["SHIPPED", "DELIVERED", "CANCELLED"].includes(view.status) || underWay.length > 12)
    underWay.splice(at, 1);
}
