import type { FastifyInstance } from "fastify";
import { WatchCalculationResponse } from "../../../gen/alexandrite/mes/v1/mes";
import { WatchOrderRequest, WatchOrderResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { Upstreams } from "../upstreams";
import { fromQuery } from "./parse";
import { sendEvents } from "./server-sent-events";

type OrderPath = { Params: { orderId: string } };

/** What happens to an order, while it happens, as server-sent events. */
export function addOrderStreams(app: FastifyInstance, { shop, mes }: Upstreams): void {
  app.get<OrderPath>("/api/v1/orders/:orderId/events", (request, reply) => {
    const watch = fromQuery(WatchOrderRequest, request.query, request.params);
    return sendEvents(
      reply,
      mapEach(shop.watchOrder(watch), (message) => WatchOrderResponse.toJSON(message)),
    );
  });
  app.get<OrderPath>("/api/v1/orders/:orderId/calculation", ({ params }, reply) =>
    sendEvents(
      reply,
      mapEach(mes.watchCalculation({ orderId: params.orderId }), (message) =>
        WatchCalculationResponse.toJSON(message),
      ),
    ),
  );
}

async function* mapEach<A, B>(source: AsyncIterable<A>, change: (item: A) => B): AsyncGenerator<B> {
  for await (const item of source) yield change(item);
}
