import { randomUUID } from "node:crypto";
import type { KafkaMessage } from "../../platform/kafka";
import { Dice } from "../dice";
import { oddJson } from "../http";
import { mutateBytes } from "../models";
import { oddText, oddTextBytes } from "../odd-text";

export type FuzzedMessage = { key: string | undefined; value: Buffer };

type Event = Record<string, unknown> & { order?: Record<string, unknown> };

const statuses = [
  "CREATED",
  "MODEL_UPLOADED",
  "PRICED",
  "PRICING_FAILED",
  "CONFIRMED",
  "PAID",
  "IN_PRODUCTION",
  "SHIPPED",
  "DELIVERED",
  "CANCELLED",
  "UNSPECIFIED",
  "NEW",
];
const times = [
  "2026-02-30T00:00:00Z",
  "+275760-09-13T00:00:00.001Z",
  "0000-01-01T00:00:00Z",
  "-271821-04-20T00:00:00Z",
  "yesterday",
  "",
  "9999-12-31T23:59:59.999999999Z",
  "0",
];

/** A broker takes a megabyte at a time, and a batch of messages is one. */
const mostBytes = 30_000;

/** Case `n` of a seed, made of an event that was on the topic. */
export function makeMessage(events: readonly KafkaMessage[], seed: number, n: number): FuzzedMessage {
  const { key, value } = anyMessage(events, seed, n);
  return { key, value: value.subarray(0, mostBytes) };
}

function anyMessage(events: readonly KafkaMessage[], seed: number, n: number): FuzzedMessage {
  const dice = Dice.of("kafka", seed, n);
  const { key, value } = dice.pick(events);
  switch (dice.below(8)) {
    case 0:
      return { key, value: mutateBytes(value, dice) };
    case 1:
      return {
        key: dice.oneIn(3) ? undefined : dice.oneIn(2) ? randomUUID() : oddText(dice).slice(0, 500),
        value,
      };
    case 2:
      return { key, value: oddTextBytes(dice) };
    case 3:
      return { key, value: oddJson(JSON.parse(value.toString()) as object, dice) };
    default: {
      const event = JSON.parse(value.toString()) as Event;
      const orderId = change(event, dice);
      return { key: orderId ?? key, value: Buffer.from(JSON.stringify(event)) };
    }
  }
}

/** Changes an event so that most of its own rules still hold. Answers with the order it is of now, where that is another one. */
function change(event: Event, dice: Dice): string | undefined {
  const order = (event.order ??= {});
  let orderId: string | undefined;
  if (dice.oneIn(2)) orderId = event["orderId"] = order["orderId"] = randomUUID();
  if (dice.oneIn(2)) event["eventId"] = randomUUID();
  if (dice.oneIn(2))
    event["version"] = order["version"] = dice.pick([
      1,
      2,
      Number(event["version"]) + 1,
      3,
      1_000,
      2 ** 31 - 1,
    ]);
  if (dice.oneIn(3)) event["status"] = order["status"] = `ORDER_STATUS_${dice.pick(statuses)}`;
  if (dice.oneIn(4))
    event["source"] = dice.pick(["HOLDER_SHOP", "HOLDER_CRM", "HOLDER_MES", "HOLDER_UNSPECIFIED"]);
  if (dice.oneIn(6)) order[dice.pick(["createdAt", "updatedAt"])] = dice.pick(times);
  if (dice.oneIn(8)) event["occurredAt"] = dice.pick(times);
  for (let left = dice.size(3); left > 0; left--) {
    const [holder, name] = leaf(order, dice);
    if (name !== undefined)
      holder[name] = dice.oneIn(2)
        ? oddText(dice)
        : dice.pick([null, -1, 1e308, "9223372036854775808", [], {}, true, "\0", "a\0b"]);
  }
  return orderId;
}

/** A field at any depth. */
function leaf(of: Record<string, unknown>, dice: Dice): [Record<string, unknown>, string | undefined] {
  const names = Object.keys(of).filter((name) => !["orderId", "version", "status"].includes(name));
  const name = names.length === 0 ? undefined : dice.pick(names);
  const inner = name === undefined ? undefined : of[name];
  if (typeof inner === "object" && inner !== null && dice.oneIn(2))
    return leaf(inner as Record<string, unknown>, dice);
  return [of, name];
}
