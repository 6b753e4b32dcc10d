import { CrmServiceDefinition } from "../../gen/alexandrite/crm/v1/crm";
import { MesOperatorServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_operator";
import type { Order } from "../../gen/alexandrite/order/v1/order";
import { defineConfig } from "../../platform/config";
import { grpcClientTlsConfig, openClient, withoutCredentials } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import type { OrderView } from "./customer-door";

/** The operator's and the seller's gRPC doors. */
export type StaffDoor = {
  take(order: OrderView, commandId: string): Promise<OrderView>;
  finish(order: OrderView, commandId: string): Promise<OrderView>;
  pack(order: OrderView, commandId: string): Promise<OrderView>;
  ship(order: OrderView, commandId: string): Promise<OrderView>;
  delivered(order: OrderView, commandId: string): Promise<OrderView>;
  inCrm(orderId: string): Promise<OrderView>;
  inMes(orderId: string): Promise<OrderView>;
};

type Addresses = { operator: string; crm: string };
type Tokens = { operator: string; seller: string };

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
    delivered: async (order, id) => view(await crm.confirmDelivery(command(order, id), asSeller)),
    inCrm: async (orderId) => view(await crm.getOrder({ orderId }, asSeller)),
    inMes: async (orderId) => view(await operator.getProductionOrder({ orderId }, asOperator)),
  };
}

function view({ order }: { order?: Order | undefined }): OrderView {
  if (order === undefined) throw new Error("The answer holds no order.");
  return {
    orderId: order.orderId,
    version: order.version,
    status: order.status.replace("ORDER_STATUS_", ""),
  };
}
