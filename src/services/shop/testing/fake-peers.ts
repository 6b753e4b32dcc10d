import { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import { descriptorSet } from "../../../gen/descriptors";
import { OrderEventsServiceDefinition } from "../../../gen/alexandrite/events/v1/events";
import { MesServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes";
import { type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { AppError } from "../../../platform/errors";
import {
  type Authenticator,
  type CallContext,
  createServer,
  grpcServerConfig,
  type Handlers,
  type RpcService,
} from "../../../platform/grpc";
import { defineConfig } from "../../../platform/config";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { OtherHolders } from "./other-holders";

/** What a fake peer was told, and by whom. */
export type HeardCommand = {
  method: string;
  role: string;
  callerId: string;
  orderId: string;
  expectedVersion: number;
};

export type FakePeers = {
  readonly address: string;
  readonly heard: HeardCommand[];
  /** The partner's API key that the fake MES knows. */
  readonly partner: { apiKey: string; partnerId: string };
  /** Answers the next commands, in turn, instead of doing as told. */
  readonly refusals: Error[];
};

const partner = { apiKey: "alx_partner_0123456789abcdef", partnerId: "partner-1" };

/** MES and CRM behind one address: their services with the generated definitions, over `holders`. */
export async function startFakePeers(
  host: ServiceHost,
  { holders, authenticate }: { holders: OtherHolders; authenticate: Authenticator },
): Promise<FakePeers> {
  const heard: HeardCommand[] = [];
  const refusals: Error[] = [];

  function command(method: string, to: OrderStatus) {
    return async (
      { orderId, expectedVersion }: { orderId: string; expectedVersion: number },
      { principal }: CallContext,
    ): Promise<{ order: Order }> => {
      heard.push({ method, role: principal.role, callerId: principal.id, orderId, expectedVersion });
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      const order = holders.latest(orderId);
      if (!order) {
        throw new AppError({ category: "not_found", reason: "ORDER_NOT_FOUND", message: "There is none" });
      }
      return { order: await holders.move(order, to) };
    };
  }

  const config = defineConfig({ grpc: grpcServerConfig })({ GRPC_PORT: "0", GRPC_STOP_NOTICE_MS: "0" }).grpc;
  const server = createServer(host, config, { authenticate, descriptors: descriptorSet });
  server.add(OrderEventsServiceDefinition, {
    getOrderEvents: async ({ orderId, afterVersion }) => ({
      events: holders.stored(orderId).filter((event) => event.version > afterVersion),
    }),
    getOrderVersions: async ({ orderIds }) => ({
      orders: orderIds.flatMap((orderId) => {
        const order = holders.latest(orderId);
        return order ? [{ orderId, version: order.version, status: order.status }] : [];
      }),
    }),
    listOrderVersions: async () => ({ orders: [], nextPageToken: "" }),
  });
  server.add(
    CrmServiceDefinition,
    withRest(CrmServiceDefinition, {
      confirmOrder: command("crm.confirmOrder", OrderStatus.ORDER_STATUS_CONFIRMED),
      repriceOrder: command("crm.repriceOrder", OrderStatus.ORDER_STATUS_MODEL_UPLOADED),
      cancelOrder: command("crm.cancelOrder", OrderStatus.ORDER_STATUS_CANCELLED),
      confirmDelivery: command("crm.confirmDelivery", OrderStatus.ORDER_STATUS_DELIVERED),
    }),
  );
  server.add(
    MesServiceDefinition,
    withRest(MesServiceDefinition, {
      cancelOrder: command("mes.cancelOrder", OrderStatus.ORDER_STATUS_CANCELLED),
      verifyApiKey: async ({ apiKey }) => {
        if (apiKey === partner.apiKey) return { partnerId: partner.partnerId, name: "Partner" };
        throw new AppError({ category: "unauthenticated", reason: "UNKNOWN_API_KEY", message: "Nobody's" });
      },
    }),
  );
  await host.own(server.listen());
  return { address: `127.0.0.1:${server.port}`, heard, partner, refusals };
}

/** Fills a service up with handlers that refuse: what a test does not need is not there. */
function withRest<S extends RpcService>(service: S, handlers: Partial<Handlers<S>>): Handlers<S> {
  const missing = () => {
    throw new AppError({
      category: "unimplemented",
      reason: "NOT_FAKED",
      message: "This fake cannot do that",
    });
  };
  const rest = Object.fromEntries(Object.keys(service.methods).map((name) => [name, missing]));
  return { ...rest, ...handlers } as Handlers<S>;
}
