import type { FastifyInstance } from "fastify";
import { isOrderId } from "../../../order";
import { annotate } from "../../../platform/telemetry";

/** Puts the order that a path names on the request's spans and log lines, so that its id finds the door it came in by too. Pages of operations only look, and leave no mark. */
export function addOrderField(app: FastifyInstance): void {
  app.addHook("preHandler", async ({ params, routeOptions }) => {
    const { orderId } = (params ?? {}) as { orderId?: string };
    if (orderId === undefined || !isOrderId(orderId) || /\/ops\//.test(routeOptions.url ?? "")) return;
    annotate({ order_id: orderId });
  });
}
