import { Readable } from "node:stream";
import { z } from "zod";
import { AppError } from "../../errors";
import { annotate, currentScope, currentTraceId } from "../../telemetry";
import { type HttpServer, parseInput, sendEvents } from "..";

/** What the routes tell a test, and how it lets `/hang` answer. */
export type ProbeRoutes = { aborted: boolean; release(): void };

/** A route for each way in which a request can end. */
export function addProbeRoutes(app: HttpServer["app"]): ProbeRoutes {
  const seen: ProbeRoutes = { aborted: false, release: () => undefined };
  app.get("/ok/:id", async () => ({ fine: true }));
  app.post("/echo", async ({ body }) => ({
    body,
    scope: currentScope()?.credentials,
    trace: currentTraceId(),
  }));
  app.get("/missing", async () => {
    throw new AppError({
      category: "not_found",
      reason: "ORDER_NOT_FOUND",
      message: "No order o1.",
      details: { orderId: "o1" },
    });
  });
  app.get("/busy", async () => {
    throw new AppError({
      category: "resource_exhausted",
      reason: "BUSY",
      message: "Busy.",
      retryAfterMs: 1_500,
    });
  });
  app.get("/bug", async () => {
    throw new TypeError("password=hunter2");
  });
  app.get("/input", async ({ query }) =>
    parseInput(z.object({ limit: z.coerce.number().int().max(10) }), query, "query"),
  );
  app.get("/slow", { config: { deadlineMs: 60 } }, () => new Promise(() => undefined));
  app.get("/hang", () => {
    currentScope()?.signal?.addEventListener("abort", () => (seen.aborted = true));
    return new Promise((resolve) => (seen.release = () => resolve({ late: true })));
  });
  app.get("/broken", async (_request, reply) => {
    const body = new Readable({ read: () => undefined });
    body.push("half");
    setTimeout(() => body.destroy(new Error("source broke")), 30);
    return reply.send(body);
  });
  app.get("/order", async () => {
    annotate({ order_id: "o7" });
    return {};
  });
  app.get("/events", { config: { deadlineMs: 0 } }, (req, reply) =>
    sendEvents(req, reply, ticks(currentScope()?.signal)),
  );
  app.get("/bad-events", { config: { deadlineMs: 0 } }, (req, reply) => sendEvents(req, reply, failing()));
  return seen;
}

async function* ticks(signal?: AbortSignal) {
  for (let i = 0; !signal?.aborted; i++) {
    yield { data: { i }, event: "tick", id: String(i) };
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
async function* failing() {
  yield { data: 1 };
  throw new AppError({ category: "unavailable", reason: "MES_DOWN", message: "MES is down." });
}
