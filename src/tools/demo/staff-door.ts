import { CrmServiceDefinition } from "../../gen/alexandrite/crm/v1/crm";
import { MesOperatorServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_operator";
import { type Order, type OrderStatus, orderStatusFromJSON } from "../../gen/alexandrite/order/v1/order";
import { defineConfig } from "../../platform/config";
import { grpcClientTlsConfig, openClient, withoutCredentials } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import type { OrderPage, OrderView } from "./customer-door";

/** The operator's and the seller's gRPC doors. */
export type StaffDoor = {
  take(order: OrderView, commandId: string): Promise<OrderView>;
  finish(order: OrderView, commandId: string): Promise<OrderView>;
  pack(order: OrderView, commandId: string): Promise<OrderView>;
  ship(order: OrderView, commandId: string): Promise<OrderView>;
  giveBack(order: OrderView, commandId: string): Promise<OrderView>;
  reject(order: OrderView, commandId: string): Promise<OrderView>;
  /** A seller's: what CRM holds. */
  cancel(order: OrderView, commandId: string): Promise<OrderView>;
  addNote(orderId: string, noteId: string, text: string): Promise<void>;
  /** `statuses` in short, as `PAID`. */
  listInCrm(statuses: readonly string[], ownerId: string, pageToken: string): Promise<OrderPage>;
  listInMes(statuses: readonly string[], pageToken: string): Promise<OrderPage>;
  delivered(order: OrderView, commandId: string): Promise<OrderView>;
  inCrm(orderId: string): Promise<OrderView>;
  inMes(orderId: string): Promise<OrderView>;
};

type Addresses = { operator: string; crm: string };
type Tokens = { operator: string; seller: string };

/** As long as a page may be. */
const pageSize = 100;

/** `tls`: by default what the environment says, as for the services (GRPC_CLIENT_TLS_CA_FILE …). */
export async function openStaffDoor(
  host: ServiceHost,
  addresses: Addresses,
  tokens: Tokens,
  { tls } = defineConfig({ tls: grpcClientTlsConfig })(process.env),
): Promise<StaffDoor> {
  const credentials = withoutCredentials();
  const operator = await host.own(
    openClient(host, MesOperatorServiceDefinition, { address: addresses.operator, credentials, tls }),
  );
  const crm = await host.own(
    openClient(host, CrmServiceDefinition, { address: addresses.crm, credentials, tls }),
  );
  const asOperator = { metadata: { authorization: `Bearer ${tokens.operator}` } };
  const asSeller = { metadata: { authorization: `Bearer ${tokens.seller}` } };
  const command = ({ orderId, version }: OrderView, commandId: string) => ({
    orderId,
    expectedVersion: version,
    commandId,
  });
  return {
    take: async (order, id) => view(await operator.takeOrder(command(order, id), asOperator)),
    finish: async (order, id) => view(await operator.finishOrder(command(order, id), asOperator)),
    pack: async (order, id) => view(await operator.packOrder(command(order, id), asOperator)),
    ship: async (order, id) =>
      view(
        await operator.shipOrder(
          { ...command(order, id), trackingNumber: `DEMO-${order.orderId.slice(0, 8)}` },
          asOperator,
        ),
      ),
    giveBack: async (order, id) => view(await operator.giveBackOrder(command(order, id), asOperator)),
    reject: async (order, id) =>
      view(await operator.rejectOrder({ ...command(order, id), reason: "It cannot be made." }, asOperator)),
    cancel: async (order, id) =>
      view(await crm.cancelOrder({ ...command(order, id), reason: "Withdrawn." }, asSeller)),
    addNote: async (orderId, noteId, text) => void (await crm.addNote({ orderId, noteId, text }, asSeller)),
    listInCrm: async (names, ownerId, pageToken) => {
      const which = { statuses: statusesOf(names), updatedSince: undefined, ownerId };
      return page(await crm.listOrders({ ...which, pageSize, pageToken }, asSeller));
    },
    listInMes: async (names, pageToken) => {
      const which = { statuses: statusesOf(names), material: "", mine: false };
      return page(await operator.listQueue({ ...which, pageSize, pageToken }, asOperator));
    },
    delivered: async (order, id) => view(await crm.confirmDelivery(command(order, id), asSeller)),
    inCrm: async (orderId) => view(await crm.getOrder({ orderId }, asSeller)),
    inMes: async (orderId) => view(await operator.getProductionOrder({ orderId }, asOperator)),
  };
}

function view({ order }: { order?: Order | undefined }): OrderView {
  if (order === undefined) throw new Error("The answer holds no order.");
  return viewOf(order);
}

/** What a door tells of an order. */
export function viewOf({ orderId, version, status, owner }: Order): OrderView {
  return {
    orderId,
    version,
    status: status.replace("ORDER_STATUS_", ""),
    ...(owner && { owner: { kind: owner.kind.replace("OWNER_KIND_", ""), id: owner.id } }),
  };
}

function page({ orders, nextPageToken }: { orders: Order[]; nextPageToken: string }): OrderPage {
  return { orders: orders.map(viewOf), nextPageToken };
}

function statusesOf(names: readonly string[]): OrderStatus[] {
  return names.map((name) => orderStatusFromJSON(`ORDER_STATUS_${name}`));
}
