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
import { sendVersioned, versionOf, versionsOf } from "./etag";
import { fromBody, fromQuery } from "./parse";

type OrderPath = { Params: { orderId: string } };

/** What sellers see and do. */
export function addSellerRoutes(app: FastifyInstance, { crm }: Upstreams): void {
  app.get("/api/v1/seller/orders", async (request, reply) => {
    const page = await crm.listOrders(fromQuery(ListOrdersRequest, request.query));
    return sendVersioned(request, reply, versionsOf(page), () => ListOrdersResponse.toJSON(page));
  });
  app.get<OrderPath>("/api/v1/seller/orders/:orderId", async (request, reply) => {
    const answer = await crm.getOrder({ orderId: request.params.orderId });
    // Notes are added and never changed.
    const versions = [versionOf(answer.order), ...answer.notes.map(({ noteId }) => noteId)].join(" ");
    return sendVersioned(request, reply, versions, () => GetOrderResponse.toJSON(answer));
  });
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
