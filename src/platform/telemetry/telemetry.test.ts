import { createTestHost, type TestHost } from "../testing";
import {
  annotate,
  currentScope,
  currentTraceId,
  extractTrace,
  injectTrace,
  runInScope,
  SpanKind,
  startSpan,
  trace,
  withSpan,
} from ".";
import { AppError } from "../errors";

let host: TestHost;
beforeEach(() => (host = createTestHost("shop")));
afterEach(async () => {
  await host.close();
  host.clear();
});

test("a line has the service, the trace and the scope's fields", async () => {
  await runInScope({ fields: { tenant: "t1" } }, () =>
    withSpan("work", {}, async (span) => {
      annotate({ order_id: "o1", nothing: undefined });
      host.log.child({ component: "c" }).info({ tenant: "mine" }, "hello");
      expect(host.logs[0]).toMatchObject({
        level: "info",
        msg: "hello",
        service: "shop",
        instance: "shop-1",
        component: "c",
        tenant: "mine",
        order_id: "o1",
        trace_id: span.spanContext().traceId,
        span_id: span.spanContext().spanId,
      });
      expect(host.logs[0]).not.toHaveProperty("nothing");
    }),
  );
  host.log.info("outside");
  expect(host.logs[1]).not.toHaveProperty("order_id");
  expect(currentScope()).toBeUndefined();
});

test("an order known late is on the first span, the current one and all later ones", async () => {
  const { span: server, context: inside } = startSpan("server", { kind: SpanKind.SERVER });
  await runInScope(
    { fields: {} },
    async () => {
      await withSpan("before", {}, () => undefined);
      await withSpan("current", {}, () => annotate({ order_id: "o1" }));
      await withSpan("later", {}, () => undefined);
    },
    inside,
  );
  server.end();
  const orders = Object.fromEntries(
    host.spans().map(({ name, attributes }) => [name, attributes["order.id"]]),
  );
  expect(orders).toEqual({ server: "o1", before: undefined, current: "o1", later: "o1" });
});

test("a failed span is recorded once, with the reason, and throws on", async () => {
  const failure = new AppError({ category: "not_found", reason: "ORDER_NOT_FOUND", message: "No order o1." });
  await expect(withSpan("work", {}, () => Promise.reject(failure))).rejects.toBe(failure);
  const [span] = host.spans();
  expect(span?.attributes["error.type"]).toBe("ORDER_NOT_FOUND");
  expect(span?.status).toEqual({ code: 2, message: "No order o1." });
  expect(span?.events).toHaveLength(1);
});

test("a trace goes on through headers, and nothing else leaks with it", async () => {
  let headers: Record<string, string> = {};
  let traceId: string | undefined;
  await runInScope({ fields: { tenant: "t1" } }, () =>
    withSpan("producer", {}, () => {
      headers = injectTrace();
      traceId = currentTraceId();
    }),
  );
  expect(headers["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  await withSpan("consumer", { parent: extractTrace(headers) }, () => {
    expect(currentTraceId()).toBe(traceId);
    expect(currentScope()).toBeUndefined();
  });
  const [producer, consumer] = host.spans();
  expect(consumer?.parentSpanContext?.spanId).toBe(producer?.spanContext().spanId);
  expect(trace.getSpan(extractTrace({}))).toBeUndefined();
});

test("an error is logged with its reason and the chain of its causes", () => {
  const cause = new Error("socket closed");
  host.log.error(
    { err: new AppError({ category: "unavailable", reason: "DOWN", message: "CRM is down.", cause }) },
    "failed",
  );
  expect(host.logs[0]?.err).toMatchObject({
    type: "AppError",
    reason: "DOWN",
    message: "CRM is down.",
    cause: { message: "socket closed" },
  });
});
