import type { OrderStatusChanged } from "../gen/alexandrite/events/v1/events";
import type { Holder, Order } from "../gen/alexandrite/order/v1/order";
import { decideApply, decodeEvent, shortStatus } from "../order";
import { type ApplyOutcome, PoisonError, UndecodableError, type VersionedMessage } from "../platform/outbox";
import type { Transaction } from "../platform/postgres";
import { annotate, type Metrics, withSpan } from "../platform/telemetry";
import type { Arrivals } from "./arrivals";
import type { CountEntry } from "./entries";
import { orderForksTotal } from "./metrics";
import { lockOrder, readEvents, writeVersion } from "./rows";
import type { OnApplied } from "./types";

/** An event as the consumer decodes it. */
export type DecodedEvent = { key: string; version: number; event: OrderStatusChanged & { order: Order } };

/** Reads key and version of a message; throws UndecodableError. Pure. */
export function decodeMessage({ key, value }: { key?: string | undefined; value: Buffer }): DecodedEvent {
  let event: DecodedEvent["event"];
  try {
    event = decodeEvent(value);
  } catch (error) {
    throw new UndecodableError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (key !== event.orderId)
    throw new UndecodableError(`The key is ${key ?? "missing"}, the event is of order ${event.orderId}.`);
  return { key: event.orderId, version: event.version, event };
}

type Options = {
  self: Holder;
  metrics: Metrics;
  countEntry: CountEntry;
  hooks: readonly OnApplied[];
  arrivals: Arrivals;
};

/** Applies other services' moves, in the consumer's transaction, with everything that must happen exactly with them. */
export function createApplier({ self, metrics, countEntry, hooks, arrivals }: Options) {
  const forks = metrics.counter(orderForksTotal).child({});

  return async (
    tx: Transaction,
    { decoded, value, headers }: VersionedMessage<DecodedEvent>,
  ): Promise<ApplyOutcome> => {
    const { event } = decoded;
    annotate({ order_id: event.orderId });
    const before = await lockOrder(tx, event.orderId);
    const stored = event.version <= (before?.version ?? 0) ? await storedValue(tx, event) : undefined;
    const decision = decideApply(before, event, self, () => stored?.equals(value) ?? false);
    switch (decision.kind) {
      case "duplicate":
      case "gap":
        return decision.kind;
      case "fork":
        forks.inc();
        throw new PoisonError(
          "FORK",
          `Order ${event.orderId} has another event of version ${event.version} stored already.`,
        );
      case "illegal":
        throw new PoisonError(
          "ILLEGAL",
          `Version ${event.version} of order ${event.orderId}: ${decision.why}.`,
        );
      case "apply":
        await withSpan("order.apply", { attributes: attributesOf(event) }, async () => {
          await writeVersion(tx, event, { value, headers, origin: "applied" });
          await countEntry(tx, event.order);
          for (const hook of hooks) await hook(tx, event.order, event, before);
          tx.onCommit(() => {
            annotate({ order_status: shortStatus(event.status), order_version: String(event.version) });
            arrivals.tell(event.orderId);
          });
        });
        return "applied";
    }
  };
}

async function storedValue(
  tx: Transaction,
  { orderId, version }: OrderStatusChanged,
): Promise<Buffer | undefined> {
  const [row] = await readEvents(tx, orderId, version - 1, 1);
  return row?.version === version ? row.value : undefined;
}

function attributesOf({ orderId, version, status }: OrderStatusChanged): Record<string, string | number> {
  return { "order.id": orderId, "order.version": version, "order.status": shortStatus(status) };
}
