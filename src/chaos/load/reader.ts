import type { Buyer } from "./people";
import { pause } from "./again";
import { recordedBuyer, recordedStaff } from "./recorded";
import { chance, pickOf, type World } from "./world";

type Look = () => Promise<unknown> | undefined;

/** Somebody who looks, everywhere and in everybody's name, and pages through lists while they change. A look that fails is not repeated. */
export async function read(world: World, name: string): Promise<void> {
  const { recorder, people, recent } = world;
  const staff = (role: "seller" | "operator") =>
    recordedStaff(recorder.client(`${name}-${role}`, { role, id: role }), people.staff);
  const [seller, operator] = [staff("seller"), staff("operator")];
  const buyers = people.buyers.map((buyer) => [buyer, callsOf(world, name, buyer)] as const);
  const calls = (of: string) => buyers.find(([buyer]) => buyer.name === of)![1];
  while (await pause(world, 40 + world.random() * 120)) {
    const order = recent.pick(world.random());
    const [someone, theirs] = pickOf(world, buyers)!;
    const looks: Look[] = [
      () => order && calls(order.buyer).get(order.orderId),
      () => order && seller.inCrm(order.orderId),
      () => order && operator.inMes(order.orderId),
      // It may be another's.
      () => order && theirs.get(order.orderId),
    ];
    const walks: Look[] = [
      () => theirs.walk(),
      () => seller.walkCrm([], someone.caller.id),
      () => seller.walkCrm(["PRICED", "SHIPPED"]),
      () => operator.walkMes(["PAID", "IN_PRODUCTION", "MANUFACTURED", "PACKED"]),
    ];
    const look = pickOf<Look>(world, chance(world, 0.12) ? walks : looks)!;
    await Promise.resolve(look()).catch(() => undefined);
  }
}

function callsOf({ recorder }: World, name: string, { name: of, caller, door }: Buyer) {
  return recordedBuyer(recorder.client(`${name}-${of}`, caller), door, caller.id);
}
