import { randomUUID } from "node:crypto";
import { Dice } from "../dice";
import { mutateBytes } from "../models/mutate-bytes";
import { roles, type Role } from "../target";
import { oddFields, requestOf } from "./messages";
import type { FuzzedMethod } from "./methods";
import { brokenWire, mutateWire } from "./wire";

export type FuzzedCall = { method: FuzzedMethod; role: Role; messages: Buffer[] };

/** Case `n` of a seed: the same one as long as the orders are. */
export function makeCall(
  methods: readonly FuzzedMethod[],
  orderIds: readonly string[],
  seed: number,
  n: number,
): FuzzedCall {
  const dice = Dice.of("calls", seed, n);
  const method = methods[n % methods.length]!;
  const orderId = dice.oneIn(6) ? randomUUID() : dice.pick(orderIds);
  const messages = method
    .valid(orderId)
    .map((bytes) => change(bytes, method, dice, orderIds).subarray(0, mostBytes));
  if (method.method.requestStream)
    while (dice.oneIn(2)) messages.push(change(dice.pick(messages), method, dice, orderIds));
  return { method, role: dice.oneIn(3) ? dice.pick(roles) : likelyRole(method, dice), messages };
}

/** A little more than a service takes. */
const mostBytes = 5_000_000;

function change(
  bytes: Buffer,
  { rpc, service, method }: FuzzedMethod,
  dice: Dice,
  context: readonly string[],
): Buffer {
  const kind = dice.below(20);
  if (kind < 9) return Buffer.concat([bytes, oddFields(requestOf(service, method.name), dice, context)]);
  if (kind < 15) return mutateWire(bytes, dice);
  if (kind < 16) return brokenWire(bytes, dice);
  if (kind < 17) return bytes.length > 0 ? mutateBytes(bytes, dice) : brokenWire(bytes, dice);
  // A password is checked at a price; valid sign-ins by the thousand say nothing new.
  if (kind < 18 || rpc.endsWith("/SignIn")) return oddFields(requestOf(service, method.name), dice, context);
  return bytes;
}

/** Who may call is tested elsewhere: most calls get past the door. */
function likelyRole({ service, port }: FuzzedMethod, dice: Dice): Role {
  if (port === "mesWorker" || service.includes(".events.")) return "service";
  if (port === "crm") return "seller";
  if (port === "mesOperator") return "operator";
  return dice.oneIn(4) ? "partner" : "customer";
}
