import type { Evidence, Operation, Sighting } from "..";
import type { EventRow, ServiceEvidence } from "../evidence";
import type { ServiceName } from "../names";

const holders: Record<string, string> = {
  UNSPECIFIED: "MES",
  CREATED: "MES",
  MODEL_UPLOADED: "MES",
  PRICING_FAILED: "MES",
  PRICED: "CRM",
  CONFIRMED: "SHOP",
  PAID: "MES",
  IN_PRODUCTION: "MES",
  MANUFACTURED: "MES",
  PACKED: "MES",
  SHIPPED: "CRM",
};

export type OrderStory = {
  orderId: string;
  statuses: readonly string[];
  owner?: { kind: string; id: string };
  /** Of the model. */
  sha256?: string;
};

/** What the three services and the topic hold when these orders went their way and nothing went wrong. Tests spoil it. */
export function recordsOf(...stories: readonly OrderStory[]): Evidence & Required<Pick<Evidence, "topic">> {
  const of = (service: ServiceName): ServiceEvidence => ({
    orders: stories.map(({ orderId, statuses, owner = { kind: "CUSTOMER", id: "anna" }, sha256 = "" }) => ({
      orderId,
      version: statuses.length,
      status: statuses.at(-1)!,
      ownerKind: owner.kind,
      ownerId: owner.id,
      sha256,
    })),
    events: new Map(stories.map((story) => [story.orderId, eventsAt(service, story)])),
    outbox: stories.flatMap((story) =>
      eventsAt(service, story)
        .filter(({ origin }) => origin === "local")
        .map(({ orderId, version, digest }) => ({
          topic: "order_status",
          key: orderId,
          version,
          digest,
          isPublished: true,
          lastError: undefined,
        })),
    ),
    letters: [],
    blocked: [],
    parked: [],
  });
  const records = stories
    .flatMap((story) => eventsAt("mes", story))
    .map(({ orderId, version, digest }, offset) => ({
      partition: 0,
      offset,
      key: orderId,
      digest,
      event: { orderId, version },
    }));
  return {
    services: { mes: of("mes"), crm: of("crm"), shop: of("shop") },
    topic: { name: "order_status", records, announced: [] },
  };
}

function eventsAt(service: ServiceName, { orderId, statuses }: OrderStory): EventRow[] {
  return statuses.map((status, at) => {
    const previousStatus = statuses[at - 1] ?? "UNSPECIFIED";
    const source = holders[previousStatus] ?? "MES";
    return {
      orderId,
      version: at + 1,
      status,
      previousStatus,
      source,
      origin: source.toLowerCase() === service ? "local" : "applied",
      commandId: undefined,
      digest: `${orderId}/${at + 1}`,
      storedAt: 1_000 * (at + 1),
      price: undefined,
    };
  });
}

/** An operation that ended well, a second after it began. */
export function operation(fields: Partial<Operation> & Pick<Operation, "kind">): Operation {
  const startedAt = fields.startedAt ?? 0;
  return {
    name: fields.kind,
    client: "client",
    caller: { role: "seller", id: "1" },
    startedAt,
    endedAt: startedAt + 1_000,
    outcome: "ok",
    seen: [],
    ...fields,
  };
}

export const sighting = (orderId: string, version: number, status: string): Sighting => ({
  orderId,
  version,
  status,
});
