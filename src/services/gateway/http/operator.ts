import type { FastifyInstance } from "fastify";
import {
  FinishOrderRequest,
  FinishOrderResponse,
  GetProductionOrderResponse,
  GiveBackOrderRequest,
  GiveBackOrderResponse,
  ListQueueRequest,
  ListQueueResponse,
  PackOrderRequest,
  PackOrderResponse,
  RejectOrderRequest,
  RejectOrderResponse,
  ShipOrderRequest,
  ShipOrderResponse,
  TakeOrderRequest,
  TakeOrderResponse,
} from "../../../gen/alexandrite/mes/v1/mes_operator";
import type { Upstreams } from "../upstreams";
import { sendVersioned, versionOf, versionsOf } from "./etag";
import { fromBody, fromQuery, type RequestType } from "./parse";

type OrderPath = { Params: { orderId: string } };

/** The workshop: the queue, and an order's way through it. */
export function addOperatorRoutes(app: FastifyInstance, { operator }: Upstreams): void {
  app.get("/api/v1/operator/queue", async (request, reply) => {
    const page = await operator.listQueue(fromQuery(ListQueueRequest, request.query));
    return sendVersioned(request, reply, versionsOf(page), () => ListQueueResponse.toJSON(page));
  });
  app.get<OrderPath>("/api/v1/operator/orders/:orderId", async (request, reply) => {
    const answer = await operator.getProductionOrder({ orderId: request.params.orderId });
    const body = () => GetProductionOrderResponse.toJSON(answer);
    return sendVersioned(request, reply, versionOf(answer.order), body);
  });
  const command = <Req, Res>(
    name: string,
    requestType: RequestType<Req>,
    responseType: { toJSON(message: Res): unknown },
    call: (request: Req) => Promise<Res>,
  ): void => {
    app.post<OrderPath>(`/api/v1/operator/orders/:orderId/${name}`, async ({ body, params }) =>
      responseType.toJSON(await call(fromBody(requestType, body, params))),
    );
  };
  command("take", TakeOrderRequest, TakeOrderResponse, (request) => operator.takeOrder(request));
  command("give-back", GiveBackOrderRequest, GiveBackOrderResponse, (request) =>
    operator.giveBackOrder(request),
  );
  command("finish", FinishOrderRequest, FinishOrderResponse, (request) => operator.finishOrder(request));
  command("pack", PackOrderRequest, PackOrderResponse, (request) => operator.packOrder(request));
  command("ship", ShipOrderRequest, ShipOrderResponse, (request) => operator.shipOrder(request));
  command("reject", RejectOrderRequest, RejectOrderResponse, (request) => operator.rejectOrder(request));
}
