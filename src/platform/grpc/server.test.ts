import { context, currentScope, trace } from "../telemetry";
import { createTestHost } from "../testing";
import { codeNames, createServer, type Handlers, openClient, withoutCredentials } from ".";
import { drive, driveRaw, kinds, methodOf, typeOf } from "./testing/drive";
import {
  DoorsServiceDefinition,
  ForgottenServiceDefinition,
  ProbeServiceDefinition,
} from "./testing/gen/testing";
import {
  adasToken,
  authenticateAda,
  openProbe,
  type Probe,
  probeHandlers,
  serverSettings,
  testingDescriptors,
} from "./testing/probe";

const options = { authenticate: authenticateAda, descriptors: testingDescriptors };

describe("what a server is given at its start", () => {
  test("a method that does not say who may call it stops the start", async () => {
    const host = createTestHost();
    const server = createServer(host, serverSettings(), options);
    expect(() => server.add(ForgottenServiceDefinition, { forgotten: async () => ({}) })).toThrow(
      /ForgottenService\/Forgotten does not say who may call it/,
    );
    await host.close();
  });

  test("a method without a handler stops the start", async () => {
    const host = createTestHost();
    const server = createServer(host, serverSettings(), options);
    const { unary: _unary, ...rest } = probeHandlers();
    expect(() => server.add(ProbeServiceDefinition, rest as Handlers<typeof ProbeServiceDefinition>)).toThrow(
      /ProbeService\/Unary has no handler/,
    );
    await host.close();
  });

  test("a port that is taken is named, with what to do", async () => {
    const probe = await openProbe();
    const host = createTestHost();
    const second = createServer(host, serverSettings({ port: probe.server.port }), options);
    await expect(second.listen()).rejects.toThrow(/cannot be opened; stop what has it, or set GRPC_PORT/);
    await host.close();
    await probe.close();
  });
});

describe("a running server", () => {
  let probe: Probe;
  beforeAll(async () => {
    probe = await openProbe();
  });
  afterAll(() => probe.close());

  test("the counters of every method and code are there before the first call", async () => {
    const text = await probe.serverHost.metricsText();
    for (const kind of kinds) {
      for (const code of codeNames) {
        const labels = `grpc_type="${typeOf[kind]}",grpc_service="alexandrite.testing.v1.ProbeService",grpc_method="${methodOf[kind]}",grpc_code="${code}"`;
        expect(text).toContain(`grpc_server_handled_total{${labels}} 0`);
      }
    }
    expect(text).toContain('grpc_service="unknown",grpc_method="unknown",grpc_code="Unimplemented"} 0');
    expect(text).toContain('grpc_service="grpc.health.v1.Health",grpc_method="Check",grpc_code="OK"} 0');
  });

  test("made-up methods share one label set", async () => {
    for (let i = 0; i < 5; i++) await driveRaw(probe, "unary", Buffer.alloc(0), { method: `MadeUp${i}` });
    const text = await probe.serverHost.metricsText();
    expect(text).not.toContain("MadeUp");
    expect(
      await probe.serverHost.metric("grpc_server_handled_total", {
        grpc_method: "unknown",
        grpc_code: "Unimplemented",
      }),
    ).toBe(5);
  });

  test("messages and their bytes are counted both ways, on both sides", async () => {
    const { client, serverHost, clientHost } = probe;
    const method = { grpc_method: "BidiStream" };
    await drive(client, "bidiStream", "count");
    for (const [host, side] of [
      [serverHost, "server"],
      [clientHost, "client"],
    ] as const) {
      expect(await host.metric(`grpc_${side}_msg_received_total`, method)).toBe(1);
      expect(await host.metric(`grpc_${side}_msg_sent_total`, method)).toBe(1);
      expect(await host.metric(`grpc_${side}_msg_received_bytes_total`, method)).toBe(7);
      expect(await host.metric(`grpc_${side}_msg_sent_bytes_total`, method)).toBe(7);
    }
  });

  test("a call that was recorded has its trace as exemplar", async () => {
    probe.serverHost.clear();
    await drive(probe.client, "unary", "traced");
    const traceId = probe.serverHost.spans()[0]?.spanContext().traceId;
    expect(await probe.serverHost.metricsText()).toContain(`# {trace_id="${traceId}"}`);
  });

  test("the log line of a call says who called, how long it took and how large it was, and nothing of its content", async () => {
    probe.serverHost.clear();
    await drive(probe.client, "unary", "whisper");
    const line = probe.serverHost.logs.find(({ rpc_code }) => rpc_code === "OK");
    expect(line).toMatchObject({
      level: "info",
      rpc_method: "alexandrite.testing.v1.ProbeService/Unary",
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      user_role: "customer",
      user_id: "ada",
      messages_in: 1,
      messages_out: 1,
      bytes_in: 9,
      bytes_out: 9,
    });
    expect(line?.["deadline_left_ms"]).toBeGreaterThan(9_000);
    expect(JSON.stringify(probe.serverHost.logs)).not.toMatch(/whisper|Bearer/);
  });
});

test("a bug shows its caller a fixed text, and the log its whole chain", async () => {
  const probe = await openProbe({
    handlers: {
      unary: async () => {
        throw new Error("the pool is gone", { cause: new Error("password=hunter2 refused") });
      },
    },
  });
  const failed = probe.client.unary({ wish: "", padding: Buffer.alloc(0) });
  await expect(failed).rejects.toMatchObject({
    category: "internal",
    reason: "INTERNAL",
    message: expect.not.stringContaining("pool"),
  });
  const line = probe.serverHost.logs.find(({ level }) => level === "error");
  expect(line?.err).toMatchObject({
    message: "the pool is gone",
    cause: { message: "password=hunter2 refused" },
  });
  await probe.close();
});

test("a handler runs in its call's trace and scope", async () => {
  const seen: Record<string, unknown> = {};
  const probe = await openProbe({
    handlers: {
      unary: async ({ wish }, call) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        const scope = currentScope();
        seen["traceId"] = trace.getSpanContext(context.active())?.traceId;
        seen["credentials"] = scope?.credentials;
        seen["deadlineMatches"] = scope?.deadlineAt === call.deadlineAt;
        seen["signalMatches"] = scope?.signal === call.signal;
        seen["principal"] = call.principal;
        return { wish, padding: Buffer.alloc(0) };
      },
    },
  });
  probe.serverHost.clear();
  await probe.client.unary({ wish: "", padding: Buffer.alloc(0) });
  const [span] = probe.serverHost.spans();
  expect(seen).toEqual({
    traceId: span?.spanContext().traceId,
    credentials: { authorization: adasToken.authorization, apiKey: undefined },
    deadlineMatches: true,
    signalMatches: true,
    principal: { role: "customer", id: "ada", name: "Ada" },
  });
  expect(span?.attributes).toMatchObject({
    "rpc.system": "grpc",
    "rpc.service": "alexandrite.testing.v1.ProbeService",
    "rpc.method": "Unary",
    "rpc.grpc.status_code": 0,
    "enduser.id": "ada",
  });
  await probe.close();
});

describe("who may call", () => {
  const host = createTestHost();
  let client: Awaited<ReturnType<typeof openDoors>>;
  const openDoors = async () => {
    const server = createServer(host, serverSettings(), options);
    server.add(DoorsServiceDefinition, {
      open: async (_request, { principal: { role, id } }) => ({ role, id }),
      staff: async (_request, { principal: { role, id } }) => ({ role, id }),
    });
    await host.own(server.listen());
    const address = `127.0.0.1:${server.port}`;
    return host.own(openClient(host, DoorsServiceDefinition, { address, credentials: withoutCredentials() }));
  };
  beforeAll(async () => {
    client = await openDoors();
  });
  afterAll(() => host.close());

  const valid = { id: "0199aa6e-3c5a-7b2e-9d7e-111111111111", lines: [] };

  test("a method for everybody takes callers without a token, and those whose token is no good", async () => {
    expect(await client.open(valid)).toEqual({ role: "anonymous", id: "" });
    const metadata = { authorization: "Bearer lapsed" };
    expect(await client.open(valid, { metadata })).toEqual({ role: "anonymous", id: "" });
  });

  test("no token is UNAUTHENTICATED, and the answer says what to send", async () => {
    await expect(client.staff({})).rejects.toMatchObject({
      category: "unauthenticated",
      reason: "NO_CREDENTIALS",
      message: expect.stringContaining("authorization: Bearer"),
    });
  });

  test("a token that is no good is UNAUTHENTICATED", async () => {
    await expect(client.staff({}, { metadata: { authorization: "Bearer eve" } })).rejects.toMatchObject({
      category: "unauthenticated",
      reason: "BAD_TOKEN",
    });
  });

  test("the wrong role is PERMISSION_DENIED, and the answer says which roles may", async () => {
    await expect(client.staff({}, { metadata: adasToken })).rejects.toMatchObject({
      category: "permission_denied",
      reason: "WRONG_ROLE",
      details: { role: "customer", allowed: "operator, service" },
    });
  });

  test("an invalid field is INVALID_ARGUMENT, and every fault is named by its path", async () => {
    const request = { id: "x", lines: [{ quantity: 1 }, { quantity: 0 }] };
    await expect(client.open(request)).rejects.toMatchObject({
      category: "invalid_argument",
      reason: "INVALID_FIELDS",
      violations: [
        { field: "id", description: expect.stringContaining("UUID") },
        { field: "lines[1].quantity", description: expect.stringContaining("greater than or equal to 1") },
      ],
    });
  });
});

test("each message of a stream is held against its rules", async () => {
  const probe = await openProbe();
  const requests = (async function* () {
    yield { wish: "short", padding: Buffer.alloc(0) };
    yield { wish: "far too long for the rule of this field", padding: Buffer.alloc(0) };
  })();
  const answers: string[] = [];
  const reading = async () => {
    for await (const { wish } of probe.client.bidiStream(requests)) answers.push(wish);
  };
  await expect(reading()).rejects.toMatchObject({ violations: [{ field: "wish" }] });
  expect(answers).toEqual(["short"]);
  await probe.close();
});
