import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import {
  AddNoteRequest,
  AddNoteResponse,
  CancelOrderRequest,
  CancelOrderResponse,
  ConfirmDeliveryRequest,
  ConfirmDeliveryResponse,
  GetOrderResponse,
  ListOrdersRequest,
  ListOrdersResponse,
} from "../../../gen/alexandrite/crm/v1/crm";
import type { Upstreams } from "../upstreams";
import { fromBody, fromQuery } from "./parse";

type OrderPath = { Params: { orderId: string } };

/** What sellers see and do. */
export function addSellerRoutes(app: FastifyInstance, { crm }: Upstreams): void {
  app.get("/api/v1/seller/orders", async (request) =>
    ListOrdersResponse.toJSON(await crm.listOrders(fromQuery(ListOrdersRequest, request.query))),
  );
  app.get<OrderPath>("/api/v1/seller/orders/:orderId", async ({ params }) =>
    GetOrderResponse.toJSON(await crm.getOrder({ orderId: params.orderId })),
  );
  app.post<OrderPath>("/api/v1/seller/orders/:orderId/notes", async ({ body, params }, reply) => {
    const command = fromBody(AddNoteRequest, body, params);
    if (command.noteId === "") command.noteId = randomUUID();
    return reply.code(201).send(AddNoteResponse.toJSON(await crm.addNote(command)));
  });
  app.post<OrderPath>("/api/v1/seller/orders/:orderId/cancel", async ({ body, params }) =>
    CancelOrderResponse.toJSON(await crm.cancelOrder(fromBody(CancelOrderRequest, body, params))),
  );
  app.post<OrderPath>("/api/v1/seller/orders/:orderId/delivered", async ({ body, params }) =>
    ConfirmDeliveryResponse.toJSON(await crm.confirmDelivery(fromBody(ConfirmDeliveryRequest, body, params))),
  );
}
