import { AppError } from "../errors";
import { createTestHost, type TestHost } from "../testing";
import { type ClientOptions, createServer, openClient } from ".";
import { ProbeServiceDefinition } from "./testing/gen/testing";
import {
  adasToken,
  authenticateAda,
  eventually,
  openProbe,
  type ProbeClient,
  type ProbeHandlers,
  probeHandlers,
  serverSettings,
  testingDescriptors,
} from "./testing/probe";

const request = { wish: "", padding: Buffer.alloc(0) };
const hedging = { maxAttempts: 2, hedgingDelayMs: 100 };
type Pair = { client: ProbeClient; host: TestHost; close(): Promise<void> };

const opened = new Set<Pair>();
// A test that fails half way leaves its pair open, and jest would wait for it for ever.
afterAll(async () => {
  for (const pair of opened) await pair.close();
});

/** Two servers and a client that is connected to both, so that round robin reaches the one as the other. */
async function openPair(
  handlers: readonly [Partial<ProbeHandlers>, Partial<ProbeHandlers>],
  options: Partial<ClientOptions>,
): Promise<Pair> {
  const hosts = handlers.map((_each, i) => createTestHost(`server-${i}`));
  const ports = await Promise.all(
    hosts.map(async (host, i) => {
      const server = createServer(host, serverSettings(), {
        authenticate: authenticateAda,
        descriptors: testingDescriptors,
      });
      server.add(ProbeServiceDefinition, probeHandlers(handlers[i]));
      return (await host.own(server.listen())).port;
    }),
  );
  const host = createTestHost("client");
  const address = ports.map((port) => `127.0.0.1:${port}`);
  const client = await host.own(
    openClient(host, ProbeServiceDefinition, { address, credentials: () => adasToken, ...options }),
  );
  const pair: Pair = {
    client,
    host,
    async close() {
      opened.delete(pair);
      await host.close();
      for (const each of hosts) await each.close();
    },
  };
  opened.add(pair);
  await eventually(async () => {
    for await (const _each of client.serverStream(request));
    const served = await Promise.all(hosts.map((each) => each.metric("grpc_server_started_total")));
    return served.every((count) => count > 0);
  });
  return pair;
}

describe("a hedged call", () => {
  const slowMs = 3_000;
  const slow: Partial<ProbeHandlers> = {
    unary: (_request, { signal }) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(request), slowMs);
        signal.addEventListener("abort", () => (clearTimeout(timer), resolve(request)), { once: true });
      }),
  };
  const options = { methods: { unary: { hedging, idempotent: true } } };

  test("is answered by the fast one of two servers: one call of two attempts", async () => {
    const pair = await openPair([slow, {}], options);
    const startedAt = performance.now();
    // One of two calls that follow each other begins at the slow server.
    await pair.client.unary(request);
    await pair.client.unary(request);
    expect(performance.now() - startedAt).toBeLessThan(slowMs / 2);
    const { host } = pair;
    expect(await host.metric("grpc_client_handled_total", { grpc_method: "Unary", grpc_code: "OK" })).toBe(2);
    const hedges = await host.metric("grpc_client_retries_total", { kind: "hedge" });
    expect(hedges).toBeGreaterThanOrEqual(1);
    const unary = { grpc_method: "Unary" };
    expect(await host.metric("grpc_client_attempt_started_total", unary)).toBe(2 + hedges);
    const ended = { ...unary, grpc_code: "Canceled" };
    expect(await host.metric("grpc_client_attempt_handled_total", ended)).toBe(hedges);
    const told = host.spans().flatMap(({ events }) => events.filter(({ name }) => name === "retry"));
    expect(told[0]?.attributes).toEqual({ "rpc.attempt": 2, "rpc.attempt.kind": "hedge" });
    await pair.close();
  });

  test("goes to the next server at once when the first fails without finality", async () => {
    let calls = 0;
    const failing: Partial<ProbeHandlers> = {
      unary: async () => {
        calls += 1;
        throw new AppError({ category: "unavailable", reason: "AWAY", message: "away" });
      },
    };
    const late = {
      methods: { unary: { hedging: { ...hedging, hedgingDelayMs: 60_000 }, idempotent: true } },
    };
    const pair = await openPair([failing, {}], late);
    const startedAt = performance.now();
    for (let i = 0; i < 4; i++) await pair.client.unary(request);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(calls).toBeGreaterThanOrEqual(1);
    const unavailable = { grpc_method: "Unary", grpc_code: "Unavailable" };
    expect(await pair.host.metric("grpc_client_attempt_handled_total", unavailable)).toBe(calls);
    expect(await pair.host.metric("grpc_client_retries_total", { kind: "hedge" })).toBe(calls);
    await pair.close();
  });

  test("ends with the error that is final, and with the last when all failed", async () => {
    const fail = (category: "not_found" | "unavailable"): Partial<ProbeHandlers> => ({
      unary: async () => {
        throw new AppError({ category, reason: "NO", message: "no" });
      },
    });
    // An answer that takes longer than the delay on a busy machine would be hedged.
    const late = { methods: { unary: { hedging: { ...hedging, hedgingDelayMs: 5_000 }, idempotent: true } } };
    for (const category of ["not_found", "unavailable"] as const) {
      const pair = await openPair([fail(category), fail(category)], late);
      await expect(pair.client.unary(request)).rejects.toMatchObject({ category });
      const attempts = category === "not_found" ? 1 : 2;
      const unary = { grpc_method: "Unary" };
      expect(await pair.host.metric("grpc_client_attempt_started_total", unary)).toBe(attempts);
      expect(await pair.host.metric("grpc_client_handled_total", unary)).toBe(1);
      await pair.close();
    }
  });

  test("is one attempt when it is answered soon", async () => {
    const unary = { hedging: { ...hedging, hedgingDelayMs: 1_000 }, idempotent: true };
    const probe = await openProbe({ client: { methods: { unary } } });
    await probe.client.unary(request);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await probe.clientHost.metric("grpc_client_attempt_started_total")).toBe(1);
    await probe.close();
  });
});

describe("what may be handled twice", () => {
  const away = { category: "aborted", reason: "AWAY", message: "away" } as const;

  test("is refused without an idempotency key, and told, when the method is not idempotent", async () => {
    const probe = await openProbe({ client: { methods: { unary: { hedging } } } });
    const calling = probe.client.unary(request);
    await expect(calling).rejects.toMatchObject({ category: "internal", reason: "NO_IDEMPOTENCY_KEY" });
    expect(await probe.clientHost.metric("grpc_client_attempt_started_total")).toBe(0);
    expect(await probe.clientHost.metric("grpc_client_in_flight")).toBe(0);
    await probe.client.unary(request, { idempotencyKey: "order-7" });
    await probe.close();
  });

  test("carries its key in every attempt", async () => {
    const seen: (string | undefined)[] = [];
    const handlers: Partial<ProbeHandlers> = {
      unary: async (_request, { metadata }) => {
        seen.push(metadata["idempotency-key"]);
        if (seen.length < 3) throw new AppError(away);
        return request;
      },
    };
    const retry = { codes: ["ABORTED"], initialBackoffMs: 1 } as const;
    const probe = await openProbe({ handlers, client: { methods: { unary: { retry } } } });
    await expect(probe.client.unary(request)).rejects.toMatchObject({ reason: "NO_IDEMPOTENCY_KEY" });
    await probe.client.unary(request, { idempotencyKey: "order-7" });
    expect(seen).toEqual(["order-7", "order-7", "order-7"]);
    expect(await probe.clientHost.metric("grpc_client_retries_total", { kind: "retry" })).toBe(2);
    await probe.close();
  });

  test("needs no key when the proto says that it changes nothing", async () => {
    const { unary } = ProbeServiceDefinition.methods;
    const reading = {
      ...ProbeServiceDefinition,
      methods: {
        ...ProbeServiceDefinition.methods,
        unary: { ...unary, options: { idempotencyLevel: "NO_SIDE_EFFECTS" } },
      },
    };
    const probe = await openProbe();
    const client = await probe.clientHost.own(
      openClient(probe.clientHost, reading, {
        address: `127.0.0.1:${probe.server.port}`,
        credentials: () => adasToken,
        methods: { unary: { hedging } },
      }),
    );
    await client.unary(request);
    await probe.close();
  });
});

describe("a method's own policy", () => {
  const failing: Partial<ProbeHandlers> = {
    unary: async () => {
      throw new AppError({ category: "unavailable", reason: "AWAY", message: "away" });
    },
  };

  test("without retries: one attempt", async () => {
    const probe = await openProbe({ handlers: failing, client: { methods: { unary: { retry: false } } } });
    await expect(probe.client.unary(request)).rejects.toMatchObject({ reason: "AWAY" });
    expect(await probe.clientHost.metric("grpc_client_attempt_started_total")).toBe(1);
    await probe.close();
  });

  test("with fewer: no more than those", async () => {
    const retry = { maxAttempts: 2, initialBackoffMs: 1 };
    const probe = await openProbe({ handlers: failing, client: { methods: { unary: { retry } } } });
    await expect(probe.client.unary(request)).rejects.toMatchObject({ reason: "AWAY" });
    expect(await probe.clientHost.metric("grpc_client_attempt_started_total")).toBe(2);
    await probe.close();
  });

  test("with a time limit: in place of the client's, and above what a call wishes for", async () => {
    const left: number[] = [];
    const handlers: Partial<ProbeHandlers> = {
      unary: async (_request, { deadlineAt }) => (left.push(deadlineAt - Date.now()), request),
    };
    const client = { defaultDeadlineMs: 1_000, methods: { unary: { timeoutMs: 5_500 } } };
    const probe = await openProbe({ handlers, client });
    await probe.client.unary(request);
    await probe.client.unary(request, { deadlineMs: 60_000 });
    await probe.client.unary(request, { deadlineMs: 500 });
    expect(left.map((ms) => Math.ceil(ms / 1_000))).toEqual([6, 6, 1]);
    await probe.close();
  });

  test("a call that is cancelled between attempts makes no further one", async () => {
    let calls = 0;
    const handlers: Partial<ProbeHandlers> = {
      unary: async () => {
        calls += 1;
        throw new AppError({ category: "unavailable", reason: "AWAY", message: "", retryAfterMs: 200 });
      },
    };
    const probe = await openProbe({ handlers });
    const cancel = new AbortController();
    const calling = probe.client.unary(request, { signal: cancel.signal });
    calling.catch(() => undefined);
    await eventually(async () => {
      const labels = { grpc_code: "Unavailable" };
      return (await probe.clientHost.metric("grpc_client_attempt_handled_total", labels)) === 1;
    });
    cancel.abort();
    await expect(calling).rejects.toMatchObject({ category: "cancelled" });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(calls).toBe(1);
    expect(await probe.clientHost.metric("grpc_client_attempt_started_total")).toBe(1);
    await probe.close();
  });
});

describe("what grpc-js does otherwise than it is specified (when one of these fails, docs/platform/grpc.md can say less)", () => {
  test("a throttle that is empty does not hold back hedges", async () => {
    const handlers: Partial<ProbeHandlers> = {
      unary: async () => {
        throw new AppError({ category: "unavailable", reason: "AWAY", message: "away" });
      },
    };
    const retryThrottling = { maxTokens: 1, tokenRatio: 0.1 };
    const unary = { hedging, idempotent: true };
    const probe = await openProbe({ handlers, client: { methods: { unary }, retryThrottling } });
    for (let i = 0; i < 3; i++) await probe.client.unary(request).catch(() => undefined);
    expect(await probe.clientHost.metric("grpc_client_retries_total", { kind: "hedge" })).toBe(3);
    await probe.close();
  });

  test("half a second of a service config is 5 nanoseconds", async () => {
    const config = { methodConfig: [{ name: [{}], timeout: "0.5s" }] };
    const probe = await openProbe({ client: { channel: { "grpc.service_config": JSON.stringify(config) } } });
    await expect(probe.client.unary(request)).rejects.toMatchObject({ category: "deadline_exceeded" });
    await probe.close();
  });
});

test("an empty throttle holds back retries", async () => {
  const handlers: Partial<ProbeHandlers> = {
    unary: async () => {
      throw new AppError({ category: "unavailable", reason: "AWAY", message: "away" });
    },
  };
  const probe = await openProbe({ handlers, client: { retryThrottling: { maxTokens: 1 } } });
  await expect(probe.client.unary(request)).rejects.toMatchObject({ reason: "AWAY" });
  expect(await probe.clientHost.metric("grpc_client_attempt_started_total")).toBe(1);
  await probe.close();
});
