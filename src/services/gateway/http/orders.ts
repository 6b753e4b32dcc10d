import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import {
  CreateOrderRequest,
  CreateOrderResponse,
  GetPriceBookResponse,
} from "../../../gen/alexandrite/mes/v1/mes";
import {
  CancelOrderRequest,
  CancelOrderResponse,
  ConfirmDeliveryRequest,
  ConfirmDeliveryResponse,
  ConfirmOrderRequest,
  ConfirmOrderResponse,
  GetOrderResponse,
  ListOrdersRequest,
  ListOrdersResponse,
  PayOrderRequest,
  PayOrderResponse,
  RepriceOrderRequest,
  RepriceOrderResponse,
} from "../../../gen/alexandrite/shop/v1/shop";
import { annotate } from "../../../platform/telemetry";
import type { Upstreams } from "../upstreams";
import { sendVersioned, versionOf, versionsOf } from "./etag";
import { fromBody, fromQuery } from "./parse";

type OrderPath = { Params: { orderId: string } };

/** A customer's or partner's orders. Commands carry `expectedVersion`, and `commandId` to be repeatable. */
export function addOrderRoutes(app: FastifyInstance, { shop, mes }: Upstreams): void {
  app.get("/api/v1/price-book", async () => GetPriceBookResponse.toJSON(await mes.getPriceBook({})));

  app.post("/api/v1/orders", async (request, reply) => {
    const command = fromBody(CreateOrderRequest, request.body);
    if (command.orderId === "") command.orderId = randomUUID();
    annotate({ order_id: command.orderId });
    return reply.code(201).send(CreateOrderResponse.toJSON(await mes.createOrder(command)));
  });
  app.get("/api/v1/orders", async (request, reply) => {
    const page = await shop.listOrders(fromQuery(ListOrdersRequest, request.query));
    return sendVersioned(request, reply, versionsOf(page), () => ListOrdersResponse.toJSON(page));
  });
  app.get<OrderPath>("/api/v1/orders/:orderId", async (request, reply) => {
    const answer = await shop.getOrder({ orderId: request.params.orderId });
    return sendVersioned(request, reply, versionOf(answer.order), () => GetOrderResponse.toJSON(answer));
  });

  app.post<OrderPath>("/api/v1/orders/:orderId/confirm", async ({ body, params }) =>
    ConfirmOrderResponse.toJSON(await shop.confirmOrder(fromBody(ConfirmOrderRequest, body, params))),
  );
  app.post<OrderPath>("/api/v1/orders/:orderId/reprice", async ({ body, params }) =>
    RepriceOrderResponse.toJSON(await shop.repriceOrder(fromBody(RepriceOrderRequest, body, params))),
  );
  app.post<OrderPath>("/api/v1/orders/:orderId/pay", async ({ body, params }) =>
    PayOrderResponse.toJSON(await shop.payOrder(fromBody(PayOrderRequest, body, params))),
  );
  app.post<OrderPath>("/api/v1/orders/:orderId/cancel", async ({ body, params }) =>
    CancelOrderResponse.toJSON(await shop.cancelOrder(fromBody(CancelOrderRequest, body, params))),
  );
  app.post<OrderPath>("/api/v1/orders/:orderId/delivered", async ({ body, params }) =>
    ConfirmDeliveryResponse.toJSON(
      await shop.confirmDelivery(fromBody(ConfirmDeliveryRequest, body, params)),
    ),
  );
}
