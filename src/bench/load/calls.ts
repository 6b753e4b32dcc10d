import { randomUUID } from "node:crypto";
import { OrderEventsServiceDefinition } from "../../gen/alexandrite/events/v1/events";
import { MesServiceDefinition } from "../../gen/alexandrite/mes/v1/mes";
import { ShopServiceDefinition } from "../../gen/alexandrite/shop/v1/shop";
import { openClient, withoutCredentials } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import { addressesOf } from "../../stack/instances";
import { serviceKeys } from "../../stack/secrets";
import type { Settings } from "../../stack/settings";
import { seeds } from "../../tools/seeds";
import { type BenchCall, openCalls } from "../roll/calls";
import type { People } from "../roll/people";

/** What all roles do: customers, sellers and operators by gRPC as in the bench of rolling restarts, and beside them partners, services, strangers, and everybody by the gateway's HTTP. */
export async function openLoadCalls(
  host: ServiceHost,
  settings: Settings,
  people: People,
  orderIds: readonly string[],
): Promise<BenchCall[]> {
  const open = { credentials: withoutCredentials() };
  const shop = await host.own(
    openClient(host, ShopServiceDefinition, { ...open, address: addressesOf(settings, "shop", "shop") }),
  );
  const mes = await host.own(
    openClient(host, MesServiceDefinition, { ...open, address: addressesOf(settings, "mes", "mes") }),
  );
  const events = await host.own(
    openClient(host, OrderEventsServiceDefinition, { ...open, address: addressesOf(settings, "crm", "crm") }),
  );
  const partner = { metadata: { "x-api-key": seeds.partnerApiKey } };
  const service = { metadata: { "x-service-key": serviceKeys(settings.stateFolder)["shop"]! } };
  const page = { statuses: [], updatedSince: undefined, pageSize: 10, pageToken: "" };
  const specification = { material: "PLA", finish: "RAW", quantity: 1 };
  let turn = 0;
  const orderId = (): string => orderIds[turn++ % orderIds.length]!;
  const get = (token: string, path: () => string) => async (): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${settings.ports.gateway}${path()}`, {
      headers: token === "" ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(20_000),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new HttpRefusal(response.status);
  };
  const { customer, seller, operator } = people.tokens;
  return [
    ...(await openCalls(host, settings, people, orderIds)),
    { name: "partner.listOrders", weight: 2, call: () => shop.listOrders(page, partner) },
    {
      name: "partner.createOrder",
      weight: 1,
      call: () => mes.createOrder({ orderId: randomUUID(), specification }, partner),
    },
    {
      name: "stranger.browseCatalogue",
      weight: 2,
      call: () => shop.browseCatalogue({ query: "", pageSize: 10, pageToken: "" }),
    },
    { name: "stranger.listProducts", weight: 1, call: () => shop.listProducts({ skus: ["201057139"] }) },
    {
      name: "service.getOrderVersions",
      weight: 2,
      call: () => events.getOrderVersions({ orderIds: [orderId()] }, service),
    },
    {
      name: "service.getOrderEvents",
      weight: 1,
      call: () => events.getOrderEvents({ orderId: orderId(), afterVersion: 0, limit: 0 }, service),
    },
    { name: "gateway.getOrder", weight: 3, call: get(customer, () => `/api/v1/orders/${orderId()}`) },
    { name: "gateway.listOrders", weight: 1, call: get(customer, () => "/api/v1/orders?pageSize=10") },
    { name: "gateway.sellerOrder", weight: 1, call: get(seller, () => `/api/v1/seller/orders/${orderId()}`) },
    {
      name: "gateway.operatorQueue",
      weight: 1,
      call: get(operator, () => "/api/v1/operator/queue?pageSize=10"),
    },
    { name: "gateway.products", weight: 1, call: get("", () => "/api/v1/products?pageSize=10") },
  ];
}

/** An answer of the gateway that is none. */
export class HttpRefusal extends Error {
  override readonly name = "HttpRefusal";
  readonly category: string;

  constructor(status: number) {
    super(`the gateway answered ${status}`);
    this.category = status === 429 ? "resource_exhausted" : status === 503 ? "unavailable" : `http_${status}`;
  }
}
