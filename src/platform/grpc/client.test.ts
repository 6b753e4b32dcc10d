import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { AppError } from "../errors";
import { currentScope, runInScope } from "../telemetry";
import { createTestHost } from "../testing";
import { createServer, forwardCaller, openClient, serviceKey } from ".";
import { ProbeServiceDefinition } from "./testing/gen/testing";
import {
  adasToken,
  authenticateAda,
  eventually,
  openProbe,
  probeHandlers,
  serverSettings,
  testingDescriptors,
} from "./testing/probe";

const request = { wish: "", padding: Buffer.alloc(0) };
const answer = { wish: "", padding: Buffer.alloc(0) };

describe("deadlines", () => {
  let leftMs = 0;
  const open = () =>
    openProbe({
      handlers: {
        unary: async (_request, { deadlineAt }) => {
          leftMs = deadlineAt - Date.now();
          return answer;
        },
      },
    });

  test("a call without a wish of its own has the client's default", async () => {
    const probe = await open();
    await probe.client.unary(request);
    expect(leftMs).toBeGreaterThan(9_000);
    expect(leftMs).toBeLessThanOrEqual(10_000);
    await probe.close();
  });

  test("a call in a scope gets what is left of the scope's time, less a margin for the way back", async () => {
    const probe = await open();
    await runInScope({ deadlineAt: Date.now() + 2_000, fields: {} }, () => probe.client.unary(request));
    expect(leftMs).toBeGreaterThan(1_500);
    expect(leftMs).toBeLessThanOrEqual(1_950);
    await probe.close();
  });

  test("a call may wish for less, never for more than its scope has", async () => {
    const probe = await open();
    await probe.client.unary(request, { deadlineMs: 500 });
    expect(leftMs).toBeLessThanOrEqual(500);
    await runInScope({ deadlineAt: Date.now() + 1_000, fields: {} }, () =>
      probe.client.unary(request, { deadlineMs: 60_000 }),
    );
    expect(leftMs).toBeLessThanOrEqual(950);
    await probe.close();
  });

  test("a call in a scope whose time is over fails at once", async () => {
    const probe = await open();
    const late = runInScope({ deadlineAt: Date.now() - 1, fields: {} }, () => probe.client.unary(request));
    await expect(late).rejects.toMatchObject({ category: "deadline_exceeded" });
    await probe.close();
  });
});

test("a call is cancelled with the scope it was made in", async () => {
  const probe = await openProbe({ handlers: { unary: () => new Promise(() => undefined) } });
  const scope = new AbortController();
  const calling = runInScope({ signal: scope.signal, fields: {} }, () => probe.client.unary(request));
  await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 1);
  scope.abort();
  await expect(calling).rejects.toMatchObject({ category: "cancelled" });
  await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 0);
  await probe.close();
});

test("a signal that has aborted already keeps the call from being made", async () => {
  const probe = await openProbe();
  await expect(probe.client.unary(request, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    category: "cancelled",
  });
  await probe.close();
});

test("an error arrives as it was thrown: category, reason, domain, details, fields, waiting time", async () => {
  const thrown = new AppError({
    category: "resource_exhausted",
    reason: "OVER_QUOTA",
    domain: "mes.alexandrite",
    message: "Three more than the quota of 5 • grüße",
    details: { quota: "5" },
    violations: [{ field: "items[2].sku", description: "one too many" }],
    retryAfterMs: 90_500,
  });
  const probe = await openProbe({
    handlers: {
      unary: async () => {
        throw thrown;
      },
    },
  });
  const error = await probe.client.unary(request).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(AppError);
  const { category, reason, domain, message, details, violations, retryAfterMs } = thrown;
  expect(error).toMatchObject({ category, reason, domain, message, details, violations, retryAfterMs });
  await probe.close();
});

test("a message that half a surrogate pair broke does not break the server", async () => {
  const probe = await openProbe({
    handlers: {
      serverStream: async function* () {
        yield answer;
        throw new AppError({
          category: "not_found",
          reason: "X",
          message: `half ${"😀".slice(0, 1)} a face`,
        });
      },
    },
  });
  const reading = async () => {
    for await (const _answer of probe.client.serverStream(request));
  };
  await expect(reading()).rejects.toMatchObject({ reason: "X", message: "half \ufffd a face" });
  await probe.close();
});

test("an error that says much still arrives, shortened", async () => {
  const violations = Array.from({ length: 500 }, (_, i) => ({
    field: `f${i}`,
    description: "x".repeat(500),
  }));
  const probe = await openProbe({
    handlers: {
      unary: async () => {
        throw new AppError({
          category: "invalid_argument",
          reason: "MANY",
          message: "m".repeat(50_000),
          violations,
        });
      },
    },
  });
  const error = (await probe.client.unary(request).catch((caught: unknown) => caught)) as AppError;
  expect(error).toMatchObject({ category: "invalid_argument", reason: "MANY" });
  expect(error.message).toHaveLength(1_000);
  expect(error.violations).toHaveLength(16);
  await probe.close();
});

describe("retries", () => {
  const failing = (times: number, init: ConstructorParameters<typeof AppError>[0]) => {
    const seen = { calls: 0, at: [] as number[] };
    const handlers = {
      unary: async () => {
        seen.at.push(Date.now());
        if (seen.calls++ < times) throw new AppError(init);
        return answer;
      },
    };
    return { seen, handlers };
  };

  test("UNAVAILABLE is tried again, and counts as one call", async () => {
    const { seen, handlers } = failing(2, { category: "unavailable", reason: "AWAY", message: "away" });
    const probe = await openProbe({ handlers });
    await probe.client.unary(request);
    expect(seen.calls).toBe(3);
    expect(await probe.clientHost.metric("grpc_client_handled_total", { grpc_method: "Unary" })).toBe(1);
    await probe.close();
  });

  test("RESOURCE_EXHAUSTED is not tried again without a word about when", async () => {
    const { seen, handlers } = failing(1, {
      category: "resource_exhausted",
      reason: "FULL",
      message: "full",
    });
    const probe = await openProbe({ handlers });
    await expect(probe.client.unary(request)).rejects.toMatchObject({ reason: "FULL" });
    expect(seen.calls).toBe(1);
    await probe.close();
  });

  test("RESOURCE_EXHAUSTED is tried again after the time that the server names", async () => {
    const init = {
      category: "resource_exhausted",
      reason: "FULL",
      message: "full",
      retryAfterMs: 150,
    } as const;
    const { seen, handlers } = failing(1, init);
    const probe = await openProbe({ handlers });
    await probe.client.unary(request);
    expect(seen.calls).toBe(2);
    expect((seen.at[1] ?? 0) - (seen.at[0] ?? 0)).toBeGreaterThanOrEqual(140);
    await probe.close();
  });

  test("RESOURCE_EXHAUSTED with a long wait is the caller's to wait out", async () => {
    const init = {
      category: "resource_exhausted",
      reason: "FULL",
      message: "",
      retryAfterMs: 60_000,
    } as const;
    const { seen, handlers } = failing(1, init);
    const probe = await openProbe({ handlers });
    await expect(probe.client.unary(request)).rejects.toMatchObject({ reason: "FULL", retryAfterMs: 60_000 });
    expect(seen.calls).toBe(1);
    await probe.close();
  });

  test("a cancellation ends the wait for the next attempt", async () => {
    const init = {
      category: "resource_exhausted",
      reason: "FULL",
      message: "",
      retryAfterMs: 1_900,
    } as const;
    const { seen, handlers } = failing(9, init);
    const probe = await openProbe({ handlers });
    const cancel = new AbortController();
    const calling = probe.client.unary(request, { signal: cancel.signal });
    await eventually(() => seen.calls === 1);
    setTimeout(() => cancel.abort(), 50);
    await expect(calling).rejects.toMatchObject({ category: "cancelled" });
    expect(await probe.clientHost.metric("grpc_client_in_flight")).toBe(0);
    await probe.close();
  });
});

test("what is no such message fails the call before it is made, and is told", async () => {
  const probe = await openProbe();
  const calling = probe.client.unary(undefined as never);
  await expect(calling).rejects.toMatchObject({ category: "internal", reason: "UNWRITABLE_REQUEST" });
  expect(await probe.clientHost.metric("grpc_client_in_flight")).toBe(0);
  expect(await probe.serverHost.metric("grpc_server_started_total")).toBe(0);
  await probe.close();
});

test("credentials are the caller's own, or this process's, and the idempotency key goes along", async () => {
  const seen: Record<string, string>[] = [];
  const probe = await openProbe({
    handlers: {
      unary: async (_request, { metadata }) => {
        seen.push(metadata);
        return answer;
      },
    },
    client: { credentials: forwardCaller() },
  });
  const scope = {
    credentials: { authorization: adasToken.authorization, apiKey: "alx_partner_1" },
    fields: {},
  };
  await runInScope(scope, () => probe.client.unary(request, { idempotencyKey: "order-7" }));
  expect(seen[0]).toMatchObject({
    authorization: "Bearer ada",
    "x-api-key": "alx_partner_1",
    "idempotency-key": "order-7",
  });
  expect(currentScope()).toBeUndefined();
  expect(forwardCaller()()).toEqual({});
  expect(serviceKey("s3cret")()).toEqual({ "x-service-key": "s3cret" });
  await probe.close();
});

test("several addresses share the calls, and one that is down is left out", async () => {
  const hosts = [createTestHost("one"), createTestHost("two")];
  const counts = [0, 0];
  const servers = await Promise.all(
    hosts.map((host, i) => {
      const server = createServer(host, serverSettings(), {
        authenticate: authenticateAda,
        descriptors: testingDescriptors,
      });
      const unary = async () => {
        counts[i] = (counts[i] ?? 0) + 1;
        return answer;
      };
      server.add(ProbeServiceDefinition, probeHandlers({ unary }));
      return host.own(server.listen());
    }),
  );
  const clientHost = createTestHost("client");
  const address = servers.map(({ port }) => `127.0.0.1:${port}`).join(",");
  const client = await clientHost.own(
    openClient(clientHost, ProbeServiceDefinition, { address, credentials: () => adasToken }),
  );
  for (let i = 0; i < 40; i++) await client.unary(request);
  expect(counts[0]).toBeGreaterThan(10);
  expect(counts[1]).toBeGreaterThan(10);
  await hosts[0]?.close();
  for (let i = 0; i < 20; i++) await client.unary(request);
  expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(60);
  await clientHost.close();
  await hosts[1]?.close();
});

test("several host names are refused with what to write instead", async () => {
  const host = createTestHost();
  await expect(
    openClient(host, ProbeServiceDefinition, { address: "mes-1:1,mes-2:1", credentials: () => adasToken }),
  ).rejects.toThrow(/must all be IPv4 or all IPv6/);
  await host.close();
});

test("a channel that waits for ever for its peer's SETTINGS is replaced", async () => {
  // A listener that accepts and says nothing, as a half-dead peer does (grpc-node #2785).
  const mute = new Set<Socket>();
  const listener = createTcpServer((socket) => void mute.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const clientHost = createTestHost("client");
  const client = await clientHost.own(
    openClient(clientHost, ProbeServiceDefinition, {
      address: `127.0.0.1:${port}`,
      credentials: () => adasToken,
      suspicion: { calls: 3, ms: 200 },
    }),
  );
  const tryOnce = () => client.unary(request, { deadlineMs: 150 }).catch((error: AppError) => error.category);
  expect(await tryOnce()).toBe("deadline_exceeded");
  // The peer is well again, but the old connection still hangs.
  listener.close();
  const serverHost = createTestHost("server");
  const server = createServer(serverHost, serverSettings({ port }), {
    authenticate: authenticateAda,
    descriptors: testingDescriptors,
  });
  server.add(ProbeServiceDefinition, probeHandlers());
  await serverHost.own(server.listen());
  await eventually(async () => typeof (await tryOnce()) === "object");
  expect(await clientHost.metric("grpc_client_channel_rebuilt_total")).toBe(1);
  for (const socket of mute) socket.destroy();
  await clientHost.close();
  await serverHost.close();
});
