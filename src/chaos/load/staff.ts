import { randomUUID } from "node:crypto";
import type { OrderView } from "../../tools/demo/customer-door";
import { again, pause } from "./again";
import { recordedStaff } from "./recorded";
import { chance, pickOf, type World } from "./world";

const inWorkshop = ["PAID", "IN_PRODUCTION", "MANUFACTURED", "PACKED"];
const steps = { PAID: "take", IN_PRODUCTION: "finish", MANUFACTURED: "pack", PACKED: "ship" } as const;

/** An operator: takes orders from the queue and brings them to SHIPPED; gives some back, and rejects a few. */
export async function operate(world: World, name: string): Promise<void> {
  const calls = recordedStaff(
    world.recorder.client(name, { role: "operator", id: "oleg" }),
    world.people.staff,
  );
  while (await pause(world, 30 + world.random() * 100)) {
    const queue = await again(world, () => calls.pageOfMes(inWorkshop));
    for (let n = 0; n < 4 && queue && queue.length > 0 && !world.signal.aborted; n++) {
      let order = pickOf(world, queue);
      while (order && order.status in steps && !world.signal.aborted) {
        const seen: OrderView = order;
        const commandId = randomUUID();
        const step = nextStep(world, seen.status);
        order = await again(world, () => calls.move(step, seen, commandId));
        if (step === "giveBack") break;
      }
    }
  }
}

function nextStep(world: World, status: string) {
  if (status === "PAID" && chance(world, 0.03)) return "reject";
  if (status === "IN_PRODUCTION" && chance(world, 0.05)) return "giveBack";
  return steps[status as keyof typeof steps];
}

/** A seller: confirms deliveries, withdraws a few offers, writes notes. */
export async function sell(world: World, name: string): Promise<void> {
  const calls = recordedStaff(
    world.recorder.client(name, { role: "seller", id: "sofia" }),
    world.people.staff,
  );
  while (await pause(world, 100 + world.random() * 300)) {
    const shipped = await again(world, () => calls.pageOfCrm(["SHIPPED"]));
    for (let n = 0; n < 3; n++) {
      const order = pickOf(world, shipped ?? []);
      const commandId = randomUUID();
      if (order) await again(world, () => calls.delivered(order, commandId));
    }
    const some = world.recent.pick(world.random());
    const noteId = randomUUID();
    if (some) await again(world, () => calls.note(some.orderId, noteId, "Looked at."));
    if (!chance(world, 0.15)) continue;
    const offer = pickOf(world, (await again(world, () => calls.pageOfCrm(["PRICED"]))) ?? []);
    const commandId = randomUUID();
    if (offer) await again(world, () => calls.cancel(offer, commandId));
  }
}
