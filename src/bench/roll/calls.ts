import { randomUUID } from "node:crypto";
import { CrmServiceDefinition } from "../../gen/alexandrite/crm/v1/crm";
import { MesServiceDefinition } from "../../gen/alexandrite/mes/v1/mes";
import { MesOperatorServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_operator";
import { ShopServiceDefinition } from "../../gen/alexandrite/shop/v1/shop";
import { openClient, withoutCredentials } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import { addressesOf } from "../../stack/instances";
import type { Settings } from "../../stack/settings";
import type { People } from "./people";

/** `name` is `service.method`. `weight` is how often it is called beside the others. */
export type BenchCall = { name: string; weight: number; call(): Promise<unknown> };

/** Reads and writes of every gRPC door that users have, with the clients and the retries that everybody gets by default. `orderIds` are of orders that all services know. */
export async function openCalls(
  host: ServiceHost,
  settings: Settings,
  { tokens }: People,
  orderIds: readonly string[],
): Promise<BenchCall[]> {
  const credentials = withoutCredentials();
  const shop = await host.own(
    openClient(host, ShopServiceDefinition, { address: addressesOf(settings, "shop", "shop"), credentials }),
  );
  const crm = await host.own(
    openClient(host, CrmServiceDefinition, { address: addressesOf(settings, "crm", "crm"), credentials }),
  );
  const mes = await host.own(
    openClient(host, MesServiceDefinition, { address: addressesOf(settings, "mes", "mes"), credentials }),
  );
  const operator = await host.own(
    openClient(host, MesOperatorServiceDefinition, {
      address: addressesOf(settings, "mes-operator", "mesOperator"),
      credentials,
    }),
  );
  const as = (token: string) => ({ metadata: { authorization: `Bearer ${token}` } });
  const [customer, seller, staff] = [as(tokens.customer), as(tokens.seller), as(tokens.operator)];
  let turn = 0;
  const orderId = (): string => orderIds[turn++ % orderIds.length]!;
  const page = { statuses: [], updatedSince: undefined, pageSize: 10, pageToken: "" };
  const anyOwner = { ...page, ownerId: "" };
  const watch = async (): Promise<void> => {
    for await (const _order of shop.watchOrder({ orderId: orderId(), afterVersion: 0 }, customer));
  };
  const specification = { material: "PLA", finish: "RAW", quantity: 1 };
  return [
    { name: "shop.getOrder", weight: 4, call: () => shop.getOrder({ orderId: orderId() }, customer) },
    { name: "shop.listOrders", weight: 2, call: () => shop.listOrders(page, customer) },
    { name: "shop.getJwks", weight: 1, call: () => shop.getJwks({}) },
    { name: "shop.watchOrder", weight: 1, call: watch },
    { name: "crm.getOrder", weight: 4, call: () => crm.getOrder({ orderId: orderId() }, seller) },
    { name: "crm.listOrders", weight: 2, call: () => crm.listOrders(anyOwner, seller) },
    {
      name: "crm.addNote",
      weight: 1,
      call: () => crm.addNote({ orderId: orderId(), noteId: randomUUID(), text: "rolling" }, seller),
    },
    { name: "mes.getOrder", weight: 4, call: () => mes.getOrder({ orderId: orderId() }, customer) },
    { name: "mes.getPriceBook", weight: 2, call: () => mes.getPriceBook({}, customer) },
    {
      name: "mes.createOrder",
      weight: 1,
      call: () => mes.createOrder({ orderId: randomUUID(), specification }, customer),
    },
    {
      name: "mes-operator.getProductionOrder",
      weight: 4,
      call: () => operator.getProductionOrder({ orderId: orderId() }, staff),
    },
    {
      name: "mes-operator.listQueue",
      weight: 3,
      call: () =>
        operator.listQueue({ statuses: [], material: "", pageSize: 10, pageToken: "", mine: false }, staff),
    },
  ];
}

/** The calls in the order of a deck of cards in which each lies as often as its weight says. */
export function dealer(calls: readonly BenchCall[]): () => BenchCall {
  const deck = calls.flatMap((call) => Array.from({ length: call.weight }, () => call));
  // A step that shares no factor with the deck's size visits every card, and neighbours are of different services.
  let step = Math.floor(deck.length / 3);
  while (gcd(step, deck.length) !== 1) step += 1;
  let at = 0;
  return () => deck[(at += step) % deck.length]!;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
