import type { OrderEventsServiceDefinition } from "../gen/alexandrite/events/v1/events";
import { Holder } from "../gen/alexandrite/order/v1/order";
import { shortHolder } from "../order";
import type { Client } from "../platform/grpc";
import type { StoredMessage } from "../platform/outbox";

/** What is asked of another service about orders. */
export type EventsClient = Pick<
  Client<typeof OrderEventsServiceDefinition>,
  "getOrderEvents" | "getOrderVersions" | "listOrderVersions"
>;

export const holders = [Holder.HOLDER_MES, Holder.HOLDER_CRM, Holder.HOLDER_SHOP] as const;

/** The other services that hold orders, under their short names; a service does not name itself. */
export type Peers = { readonly [K in "MES" | "CRM" | "SHOP"]?: EventsClient };

export function peerOf(peers: Peers, holder: Holder): EventsClient | undefined {
  switch (holder) {
    case Holder.HOLDER_MES:
      return peers.MES;
    case Holder.HOLDER_CRM:
      return peers.CRM;
    case Holder.HOLDER_SHOP:
      return peers.SHOP;
    case Holder.HOLDER_UNSPECIFIED:
      return undefined;
  }
}

/** Throws when a service could not ask each of the others: its gaps would stay. */
export function mustKnowAll(peers: Peers, self: Holder): void {
  const missing = holders.filter((each) => each !== self && !peerOf(peers, each)).map(shortHolder);
  if (missing.length > 0)
    throw new Error(`The baton of ${shortHolder(self)} needs a client of ${missing.join(" and ")} as peer.`);
}

/** A peer's stored events of an order, as messages. */
export async function fetchEvents(
  peer: EventsClient,
  orderId: string,
  afterVersion: number,
): Promise<StoredMessage[]> {
  const { events } = await peer.getOrderEvents({ orderId, afterVersion, limit: 0 });
  return events.map(({ version, value, headers }) => ({
    key: orderId,
    version,
    value: Buffer.from(value),
    headers,
  }));
}
