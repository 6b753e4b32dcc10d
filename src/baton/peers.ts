import type { OrderEventsServiceDefinition } from "../gen/alexandrite/events/v1/events";
import { Holder } from "../gen/alexandrite/order/v1/order";
import type { Client } from "../platform/grpc";
import type { StoredMessage } from "../platform/outbox";

type EventsClient = Client<typeof OrderEventsServiceDefinition>;

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
