import { OrderEventsServiceDefinition } from "../../../gen/alexandrite/events/v1/events";
import { openClient, serviceKey } from "../../../platform/grpc";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { GatewayConfig } from "../config";
import { errors } from "../domain/errors";
import { axisOf, type Entry, stepsOf } from "./axis";
import { type EventSources, type History, readHistory } from "./order-events";
import { readOrderLogs } from "./read-logs";
import { type Ask, missing, type Told } from "./source";
import type { SpanStore } from "./span";
import { mostSpans, spansOfOrder } from "./spans";
import { unrecorded } from "./unrecorded";

/** All that is known of an order, on one time axis, as far as each source could tell. */
export type Story = {
  orderId: string;
  /** ISO 8601. */
  at: string;
  states: History["states"];
  heldBy?: string;
  isFinal: boolean;
  /** How many spans there are; `entries` has those that are steps, or all. */
  spans: Told<{ found: number; isCut: boolean }>;
  logs: Told<{ found: number; isCut: boolean }>;
  entries: Entry[];
  /** The same order's lines in Graylog. */
  graylogUrl?: string;
};

export type StorySources = {
  ask: Ask;
  events: EventSources;
  stores: readonly SpanStore[];
  /** Empty: none. */
  logsPath: string;
  graylogUrl: string;
};

/** Opens the services' stored events, in the gateway's own name: they are for services alone. */
export async function openEventSources(host: ServiceHost, config: GatewayConfig): Promise<EventSources> {
  const credentials = serviceKey(config.identity.serviceKey);
  const open = (address: string[]) =>
    host.own(openClient(host, OrderEventsServiceDefinition, { address, credentials, tls: config.tls }));
  return {
    Shop: await open(config.shopAddresses),
    CRM: await open(config.crmAddresses),
    MES: await open(config.mesAddresses),
  };
}

/** Reads an order's story from all sources side by side. Throws NOT_FOUND when all three services answer that they do not know the order. */
export function readStory(
  { ask, events, stores, logsPath, graylogUrl }: StorySources,
  orderId: string,
  { allSpans }: { allSpans: boolean },
): Promise<Story> {
  return unrecorded(async () => {
    const [history, spans, logs] = await Promise.all([
      readHistory(events, ask, orderId),
      spansOfOrder(stores, ask, orderId),
      logsPath === ""
        ? missing("No folder of logs is configured (LOGS_PATH). With Docker the logs are in Graylog.")
        : ask("The folder of logs", (signal) => readOrderLogs(logsPath, orderId, signal)),
    ]);
    const { states, moves, heldBy, isFinal } = history;
    if (states.every(({ told }) => told.state === "ok" && told.data === null))
      throw errors.unknownOrder({ orderId });
    const found = spans.state === "ok" ? spans.data : [];
    return {
      orderId,
      at: new Date().toISOString(),
      states,
      ...(heldBy === undefined ? {} : { heldBy }),
      isFinal,
      spans: mapTold(spans, (data) => ({ found: data.length, isCut: data.length >= mostSpans })),
      logs: mapTold(logs, ({ lines, isCut }) => ({ found: lines.length, isCut })),
      entries: axisOf(moves, allSpans ? found : stepsOf(found), logs.state === "ok" ? logs.data.lines : []),
      ...(graylogUrl === "" ? {} : { graylogUrl: graylogSearch(graylogUrl, orderId) }),
    };
  });
}

function mapTold<T, U>(told: Told<T>, map: (data: T) => U): Told<U> {
  return told.state === "ok" ? { state: "ok", data: map(told.data) } : told;
}

/** A search over the last week; Graylog's own address of it. */
function graylogSearch(base: string, orderId: string): string {
  const query = new URLSearchParams({
    q: `order_id:"${orderId}"`,
    rangetype: "relative",
    relative: "604800",
  });
  return `${base}/search?${query}`;
}
