import type { FastifyInstance } from "fastify";
import { isOrderId } from "../../../order";
import { errors } from "../domain/errors";
import { createGate } from "../http/gate";
import type { OperatorsOnly } from "./access";
import { shared } from "./shared";
import { spansOfTrace } from "./spans";
import type { Status } from "./status";
import { readStory, type StorySources } from "./story";
import { unrecorded } from "./unrecorded";

type OrderPath = { Params: { orderId: string }; Querystring: { spans?: string } };
type TracePath = { Params: { traceId: string } };

type Deps = {
  readStatus: () => Promise<Status>;
  statusFor: "everybody" | "operators";
  sources: StorySources;
  operatorsOnly: OperatorsOnly;
};

/** However many pages are open, the status is read at most so often, in milliseconds. */
const statusPaceMs = 2_000;
/** Stories that are read at a time: each searches files. */
const mostStories = 4;

/** What the pages of operations show, as JSON. A source that is missing or down is told in its place and fails nothing. */
export function addOpsRoutes(
  app: FastifyInstance,
  { readStatus, statusFor, sources, operatorsOnly }: Deps,
): void {
  const status = shared(statusPaceMs, readStatus);
  const gate = createGate(mostStories);

  app.get("/api/v1/ops/status", async (request, reply) => {
    if (statusFor === "operators") await operatorsOnly(request);
    return reply.header("cache-control", "no-store").send(await status());
  });
  app.get<OrderPath>("/api/v1/ops/orders/:orderId", async (request, reply) => {
    await operatorsOnly(request);
    const orderId = request.params.orderId.toLowerCase();
    if (!isOrderId(orderId))
      throw errors.badParameter({ name: "orderId", given: orderId.slice(0, 50), expected: "a UUID" });
    const allSpans = request.query.spans === "all";
    const story = await gate(() => readStory(sources, orderId, { allSpans }));
    return reply.header("cache-control", "no-store").send(story);
  });
  app.get<TracePath>("/api/v1/ops/traces/:traceId", async (request, reply) => {
    await operatorsOnly(request);
    const traceId = request.params.traceId.toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(traceId))
      throw errors.badParameter({ name: "traceId", given: traceId.slice(0, 50), expected: "32 hex digits" });
    const spans = await gate(() => unrecorded(() => spansOfTrace(sources.stores, sources.ask, traceId)));
    return reply.header("cache-control", "no-store").send({ traceId, spans });
  });
}
