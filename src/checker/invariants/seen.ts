import type { EventRow, Evidence, ServiceEvidence } from "../evidence";
import type { History, Operation } from "../history";
import { type ServiceName, serviceNames } from "../names";

/** Evidence and history, with what most checks look up in them. */
export type Seen = {
  readonly evidence: Evidence;
  readonly operations: readonly Operation[];
  readonly services: readonly (readonly [ServiceName, ServiceEvidence])[];
  /** Every order that some service knows. */
  readonly orderIds: readonly string[];
  /** An order's events, as whoever has most of them has them; empty for an order that nobody knows. */
  eventsOf(orderId: string): readonly EventRow[];
  /** The last of them. */
  lastOf(orderId: string): EventRow | undefined;
};

export function createSeen(evidence: Evidence, { operations }: History): Seen {
  const services = serviceNames.flatMap((name) => {
    const service = evidence.services[name];
    return service ? [[name, service] as const] : [];
  });
  const longest = new Map<string, readonly EventRow[]>();
  for (const [, { events }] of services) {
    for (const [orderId, list] of events)
      if (list.length > (longest.get(orderId)?.length ?? 0)) longest.set(orderId, list);
  }
  const eventsOf = (orderId: string): readonly EventRow[] => longest.get(orderId) ?? [];
  return {
    evidence,
    operations,
    services,
    orderIds: [...longest.keys()].sort(),
    eventsOf,
    lastOf: (orderId) => eventsOf(orderId).at(-1),
  };
}

/** `anna-3's pay`. */
export function nameOf({ client, name }: Pick<Operation, "client" | "name">): string {
  return `${client}'s ${name}`;
}

/** Lists by a key, in the order of their first members. */
export function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
