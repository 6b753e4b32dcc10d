import { connect } from "node:http2";
import { AppError } from "../errors";
import { type Authenticator, openClient, type Principal, withoutCredentials } from ".";
import { whileIdle } from "../telemetry";
import { pathOf } from "./testing/drive";
import { ProbeServiceDefinition } from "./testing/gen/testing";
import { eventually, openProbe, type Probe, type ProbeOptions } from "./testing/probe";
import { frame, openHttp2 } from "./testing/raw-http2";

const principals: Record<string, Principal> = {
  "Bearer olga": { role: "operator", id: "olga", name: "Olga" },
  "Bearer ada": { role: "customer", id: "ada", name: "Ada" },
  "Bearer ada again": { role: "customer", id: "ada", name: "Ada" },
  "Bearer bob": { role: "customer", id: "bob", name: "Bob" },
  "Bearer parts": { role: "partner", id: "parts", name: "Parts Ltd" },
};

/** A server whose calls end when the test says so, with what it has seen. */
async function openGated(settings: ProbeOptions["settings"] = {}) {
  const running: { who: string; leftMs: number; end: () => void }[] = [];
  const order: string[] = [];
  const asked: string[] = [];
  const authenticate: Authenticator = async ({ authorization = "" }) => {
    asked.push(authorization);
    const principal = principals[authorization];
    if (!principal) throw new AppError({ category: "unauthenticated", reason: "BAD_TOKEN", message: "No" });
    return principal;
  };
  const probe = await openProbe({
    settings,
    server: { access: "open", authenticate } as ProbeOptions["server"] & object,
    handlers: {
      unary: ({ wish }, call) =>
        new Promise((resolve) => {
          order.push(wish);
          let end = (): void => resolve({ wish, padding: Buffer.alloc(0) });
          if (wish === "idle")
            void whileIdle(() => new Promise<void>((event) => (end = event))).then(() =>
              resolve({ wish, padding: Buffer.alloc(0) }),
            );
          if (wish === "pass") return end();
          running.push({ who: call.principal.id, leftMs: call.deadlineAt - Date.now(), end });
        }),
    },
  });
  const client = await probe.clientHost.own(
    openClient(probe.clientHost, ProbeServiceDefinition, {
      address: `127.0.0.1:${probe.server.port}`,
      credentials: withoutCredentials(),
      pushback: false,
    }),
  );
  const call = (who: string, wish: string, deadlineMs = 30_000): Promise<string> =>
    client
      .unary({ wish, padding: Buffer.alloc(0) }, { metadata: { authorization: `Bearer ${who}` }, deadlineMs })
      .then(
        () => "OK",
        (error: AppError) => error.reason,
      );
  const gauge = (name: string): Promise<number> => probe.serverHost.metric(name);
  const queued = (count: number): Promise<unknown> =>
    eventually(async () => (await gauge("grpc_server_queue_length")) === count, 20_000);
  const endAll = async (until: Promise<unknown>): Promise<void> => {
    let done = false;
    void until.finally(() => (done = true));
    while (!done) {
      for (const { end } of running.splice(0)) end();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { probe, client, call, running, order, asked, queued, gauge, endAll };
}

function refusals({ serverHost }: Probe, reason: string): Promise<number> {
  return serverHost.metric("grpc_server_refused_total", { reason });
}

test("calls over the bound wait, and go in the order of who makes them; two operators need not wait", async () => {
  const { call, running, order, queued, gauge, endAll } = await openGated({ maxConcurrentCalls: 1 });
  // Seen once, their places are known.
  expect(await call("olga", "pass")).toBe("OK");
  expect(await call("ada", "pass")).toBe("OK");
  expect(await call("parts", "pass")).toBe("OK");
  const calls = [call("bob", "first")];
  await eventually(() => running.length === 1, 20_000);
  for (const [who, length] of [
    ["parts", 1],
    ["ada", 2],
  ] as const) {
    calls.push(call(who, who));
    await queued(length);
  }
  for (const count of [2, 3]) {
    calls.push(call("olga", "at once"));
    await eventually(() => running.length === count, 20_000);
  }
  calls.push(call("olga", "olga"));
  await queued(3);
  expect(await gauge("grpc_server_concurrent_calls")).toBe(3);
  const all = Promise.all(calls);
  await endAll(all);
  expect(await all).toEqual(Array.from({ length: 6 }, () => "OK"));
  expect(order.slice(3)).toEqual(["first", "at once", "at once", "olga", "ada", "parts"]);
  await eventually(async () => (await gauge("grpc_server_concurrent_calls")) === 0, 20_000);
});

test("a call that only waits for an event lends its place, and has it again when the event comes", async () => {
  const { call, running, gauge } = await openGated({ maxConcurrentCalls: 1 });
  const concurrency = (count: number): Promise<unknown> =>
    eventually(async () => (await gauge("grpc_server_concurrent_calls")) === count, 20_000);
  const idle = call("ada", "idle");
  await eventually(() => running.length === 1, 20_000);
  await concurrency(0);
  const other = call("bob", "other");
  await eventually(() => running.length === 2, 20_000);
  await concurrency(1);
  running[0]?.end();
  expect(await idle).toBe("OK");
  await concurrency(1);
  running[1]?.end();
  expect(await other).toBe("OK");
  await concurrency(0);
});

test("a call whose deadline passes while it waits for an event gives no place back twice", async () => {
  const { call, running, gauge } = await openGated({ maxConcurrentCalls: 2 });
  expect(await call("ada", "idle", 300)).toBe("DEADLINE_EXCEEDED");
  running[0]?.end();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await gauge("grpc_server_concurrent_calls")).toBe(0);
});

test("a call without a place is refused before anybody looks at who makes it, with a time to come back", async () => {
  const { probe, call, running, asked, queued, endAll } = await openGated({
    maxConcurrentCalls: 1,
    maxQueuedCalls: 1,
  });
  const first = call("ada", "first");
  await eventually(() => running.length === 1, 20_000);
  const second = call("ada", "second");
  await queued(1);
  const before = asked.length;
  const http2 = openHttp2(probe.server.port);
  const seen = await new Promise<Record<string, unknown>>((resolve) => {
    const { stream } = http2.call("unary", frame(Buffer.alloc(10)), { authorization: "Bearer ada" });
    stream.on("response", resolve);
  });
  http2.session.close();
  expect(seen).toMatchObject({ ":status": 200, "grpc-status": "8" });
  expect(String(seen["grpc-retry-pushback-ms"])).toMatch(/^\d+$/);
  const details = Buffer.from(String(seen["grpc-status-details-bin"]), "base64").toString("latin1");
  expect(details).toContain("google.rpc.RetryInfo");
  expect(details).toContain("OVERLOADED");
  expect(asked.length).toBe(before);
  expect(await refusals(probe, "queue_full")).toBe(1);
  const labels = { grpc_method: "Unary", grpc_code: "ResourceExhausted" };
  expect(await probe.serverHost.metric("grpc_server_handled_total", labels)).toBe(1);
  expect(probe.serverHost.logs.some(({ msg }) => msg === "gRPC calls are refused for load")).toBe(true);
  const both = Promise.all([first, second]);
  await endAll(both);
  expect(await both).toEqual(["OK", "OK"]);
});

test("our client tells the refusal's reason and its time", async () => {
  const { client, call, running, queued, endAll } = await openGated({
    maxConcurrentCalls: 1,
    maxQueuedCalls: 1,
  });
  const calls = [call("ada", "first")];
  await eventually(() => running.length === 1, 20_000);
  calls.push(call("ada", "second"));
  await queued(1);
  const refused = client.unary({ wish: "third", padding: Buffer.alloc(0) }, {});
  await expect(refused).rejects.toMatchObject({ category: "resource_exhausted", reason: "OVERLOADED" });
  await expect(refused).rejects.toMatchObject({ retryAfterMs: expect.any(Number) });
  await endAll(Promise.all(calls));
});

test("health checks pass a server that is full, and an open stream takes no place", async () => {
  const { probe, client, call, running, order, gauge, endAll } = await openGated({
    maxConcurrentCalls: 1,
    maxQueuedCalls: 1,
  });
  const stayed = new AbortController();
  const reading = (async () => {
    const requests = (async function* () {
      yield { wish: "stay", padding: Buffer.alloc(0) };
      await new Promise((resolve) => stayed.signal.addEventListener("abort", resolve));
    })();
    const metadata = { authorization: "Bearer ada" };
    for await (const { wish } of client.bidiStream(requests, { metadata })) order.push(wish);
  })();
  await eventually(() => order.includes("stay"), 20_000);
  expect(await gauge("grpc_server_concurrent_calls")).toBe(0);
  const held = call("ada", "held");
  await eventually(() => running.length === 1, 20_000);
  const session = connect(`http://127.0.0.1:${probe.server.port}`);
  const status = await new Promise((resolve) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/grpc.health.v1.Health/Check",
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("trailers", (trailers) => resolve(trailers["grpc-status"])).resume();
    stream.on(
      "response",
      (headers) => headers["grpc-status"] !== undefined && resolve(headers["grpc-status"]),
    );
    stream.end(frame(Buffer.alloc(0)));
  });
  session.close();
  expect(String(status)).toBe("0");
  stayed.abort();
  await endAll(Promise.all([held, reading]));
});

test("a caller over the rate is refused, under any of their credentials, and then without being authenticated; others are not", async () => {
  const { probe, call, asked } = await openGated({ ratePerSecond: 1, rateBurst: 2 });
  expect([await call("ada", "pass"), await call("ada again", "pass")]).toEqual(["OK", "OK"]);
  const refused: string[] = [];
  for (let i = 0; i < 6; i++) refused.push(await call("ada", "pass"));
  expect(refused).toContain("RATE_LIMITED");
  expect(asked.length).toBeLessThan(8);
  expect(await call("bob", "pass")).toBe("OK");
  expect(await refusals(probe, "rate")).toBeGreaterThan(0);
});

test("a call that its caller gives up while it waits is counted as cancelled, and leaves its place", async () => {
  const { probe, call, running, queued, gauge, endAll } = await openGated({ maxConcurrentCalls: 1 });
  const held = call("ada", "held");
  await eventually(() => running.length === 1, 20_000);
  const http2 = openHttp2(probe.server.port);
  const waiting = http2.call("unary", frame(Buffer.alloc(0)), { authorization: "Bearer ada" });
  await queued(1);
  waiting.reset(8);
  await eventually(() => waiting.stream.closed, 20_000);
  http2.session.close();
  await endAll(held);
  await eventually(async () => (await gauge("grpc_server_concurrent_calls")) === 0, 20_000);
  expect(await call("bob", "pass")).toBe("OK");
});

test("the time in the queue is taken from the call's deadline", async () => {
  const { call, running, queued, endAll } = await openGated({
    maxConcurrentCalls: 1,
    maxQueueWaitMs: 20_000,
  });
  const held = call("ada", "held");
  await eventually(() => running.length === 1, 20_000);
  const waiting = call("bob", "waits", 30_000);
  await queued(1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  running.splice(0)[0]?.end();
  await eventually(() => running.length === 1, 20_000);
  expect(running[0]?.leftMs).toBeLessThan(29_800);
  await endAll(Promise.all([held, waiting]));
});

test("made-up paths do not reach a series of their own by being refused", async () => {
  const { probe, call, running, queued, endAll } = await openGated({
    maxConcurrentCalls: 1,
    maxQueuedCalls: 1,
  });
  const calls = [call("ada", "first")];
  await eventually(() => running.length === 1, 20_000);
  calls.push(call("ada", "second"));
  await queued(1);
  const session = connect(`http://127.0.0.1:${probe.server.port}`);
  const path = `${pathOf("unary")}MadeUp`;
  const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" };
  await new Promise((resolve) => session.request(headers).on("response", resolve).end());
  session.close();
  expect(await probe.serverHost.metricsText()).not.toContain("MadeUp");
  await endAll(Promise.all(calls));
});
