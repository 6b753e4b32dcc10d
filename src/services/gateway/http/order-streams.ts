import type { FastifyInstance } from "fastify";
import { WatchCalculationResponse } from "../../../gen/alexandrite/mes/v1/mes";
import { WatchOrderRequest, WatchOrderResponse } from "../../../gen/alexandrite/shop/v1/shop";
import { sendEvents, type ServerEvent } from "../../../platform/http";
import type { Upstreams } from "../upstreams";
import { fromQuery } from "./parse";

type OrderPath = { Params: { orderId: string } };

/** Streams last as long as there is something to watch. */
const options = { config: { deadlineMs: 0 } };

/** What happens to an order, while it happens, as server-sent events: messages, then `end`, or `error` when the service breaks off. */
export function addOrderStreams(app: FastifyInstance, { shop, mes }: Upstreams): void {
  app.get<OrderPath>("/api/v1/orders/:orderId/events", options, async (request, reply) => {
    const watch = fromQuery(WatchOrderRequest, request.query, request.params);
    await sendEvents(request, reply, events(shop.watchOrder(watch), WatchOrderResponse));
  });
  app.get<OrderPath>("/api/v1/orders/:orderId/calculation", options, async (request, reply) => {
    const { orderId } = request.params;
    await sendEvents(request, reply, events(mes.watchCalculation({ orderId }), WatchCalculationResponse));
  });
}

async function* events<T>(
  messages: AsyncIterable<T>,
  type: { toJSON(message: T): unknown },
): AsyncGenerator<ServerEvent> {
  for await (const message of messages) yield { data: type.toJSON(message) };
  yield { event: "end", data: {} };
}
