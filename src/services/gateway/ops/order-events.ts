import type { OrderEventsServiceDefinition, StoredEvent } from "../../../gen/alexandrite/events/v1/events";
import { decodeEvent, holderOf, isFinal, shortHolder, shortStatus, statusOf } from "../../../order";
import type { Client } from "../../../platform/grpc";
import type { Ask, Told } from "./source";

export const holderNames = ["Shop", "CRM", "MES"] as const;
export type HolderName = (typeof holderNames)[number];

/** Each service's stored events; the gateway asks with its own key. */
export type EventSources = Record<
  HolderName,
  Pick<Client<typeof OrderEventsServiceDefinition>, "getOrderEvents">
>;

/** A move of an order. Statuses are short: `PAID`. */
export type Move = {
  version: number;
  status: string;
  /** Empty for version 1. */
  previousStatus: string;
  /** Who held the order and moved it: `MES`, `CRM` or `SHOP`. */
  source: string;
  /** Role and id: `customer 4c1f…`. */
  actor: string;
  /** Epoch milliseconds. */
  atMs: number;
  /** The trace in which it was made. */
  traceId?: string;
};

/** Where a service sees an order: the newest move that it has stored; nothing when it does not know the order. */
export type State = Move | null;

export type History = {
  states: { service: HolderName; told: Told<State> }[];
  /** The moves of all, by version, and who has stored each. */
  moves: (Move & { knownBy: HolderName[] })[];
  /** Who may move the order on, by its newest version; missing after its end, and for an order that nobody knows. */
  heldBy?: string;
  isFinal: boolean;
};

const perCall = 100;
const mostCalls = 10;

/** An order in the three services, asked side by side. */
export async function readHistory(sources: EventSources, ask: Ask, orderId: string): Promise<History> {
  const answers = await Promise.all(
    holderNames.map(async (service) => {
      const told = await ask(service, (signal) => readMoves(sources[service], orderId, signal));
      return { service, told };
    }),
  );
  const moves = new Map<number, Move & { knownBy: HolderName[] }>();
  const states = answers.map(({ service, told }) => {
    if (told.state !== "ok") return { service, told };
    for (const move of told.data) {
      const known = moves.get(move.version);
      if (known) known.knownBy.push(service);
      else moves.set(move.version, { ...move, knownBy: [service] });
    }
    return { service, told: { state: told.state, data: told.data.at(-1) ?? null } };
  });
  const sorted = [...moves.values()].sort((a, b) => a.version - b.version);
  const newest = sorted.at(-1);
  const status = newest && statusOf(newest.status);
  const holder = status && holderOf(status);
  return {
    states,
    moves: sorted,
    ...(holder === undefined ? {} : { heldBy: shortHolder(holder) }),
    isFinal: status !== undefined && isFinal(status),
  };
}

async function readMoves(
  source: EventSources[HolderName],
  orderId: string,
  signal: AbortSignal,
): Promise<Move[]> {
  const moves: Move[] = [];
  for (let call = 0; call < mostCalls; call++) {
    const { events } = await source.getOrderEvents(
      { orderId, afterVersion: moves.at(-1)?.version ?? 0, limit: perCall },
      { signal },
    );
    moves.push(...events.map(moveOf));
    if (events.length < perCall) break;
  }
  return moves;
}

function moveOf({ value, headers }: StoredEvent): Move {
  const { version, status, previousStatus, source, actor, occurredAt } = decodeEvent(value);
  const traceId = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(headers["traceparent"] ?? "")?.[1];
  return {
    version,
    status: shortStatus(status),
    previousStatus: version === 1 ? "" : shortStatus(previousStatus),
    source: shortHolder(source),
    actor: [actor?.role, actor?.id].filter(Boolean).join(" "),
    atMs: occurredAt?.getTime() ?? 0,
    ...(traceId ? { traceId } : {}),
  };
}
