import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { AppError } from "../errors";
import { runInScope } from "../telemetry";
import { createTestHost } from "../testing";
import { type ClientOptions, openClient, withoutCredentials } from ".";
import { settleClientOptions } from "./client-options";
import { serviceConfigOf } from "./hedging";
import { ProbeServiceDefinition } from "./testing/gen/testing";
import { adasToken, openProbe } from "./testing/probe";

const request = { wish: "", padding: Buffer.alloc(0) };
const answer = request;

const settle = (options: Partial<ClientOptions>) =>
  settleClientOptions(ProbeServiceDefinition, {
    address: "localhost:1",
    credentials: withoutCredentials(),
    ...options,
  });

test("the defaults are those that docs/platform/grpc.md names", () => {
  expect(settle({})).toEqual({
    unaryDeadlineMs: 10_000,
    streamDeadlineMs: 3_600_000,
    marginMs: 50,
    pushback: { maxAttempts: 5, longestMs: 2_000 },
    channel: {
      "grpc.service_config": JSON.stringify(serviceConfigOf(ProbeServiceDefinition, {})),
      "grpc.service_config_disable_resolution": 1,
      "grpc.enable_retries": 1,
      "grpc.keepalive_time_ms": 20_000,
      "grpc.keepalive_timeout_ms": 5_000,
      "grpc.keepalive_permit_without_calls": 1,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 2_000,
      "grpc.dns_min_time_between_resolutions_ms": 2_000,
      "grpc.max_receive_message_length": 1_048_576,
      "grpc.max_send_message_length": 1_048_576,
      "grpc.per_rpc_retry_buffer_size": 1_048_576,
      "grpc.enable_channelz": 0,
      "grpc.use_local_subchannel_pool": 1,
    },
  });
});

test("each can be another, and grpc-js's own options win", () => {
  const settings = settle({
    defaultDeadlineMs: 1,
    streamDeadlineMs: 2,
    marginMs: 0,
    pushback: false,
    keepalive: { timeMs: 3, timeoutMs: 4, withoutCalls: false },
    reconnect: { initialMs: 5, maxMs: 6 },
    maxReceiveBytes: 7,
    maxSendBytes: 8_000_000,
    channel: { "grpc.enable_retries": 0, "grpc.client_idle_timeout_ms": 9 },
  });
  expect(settings).toMatchObject({
    unaryDeadlineMs: 1,
    streamDeadlineMs: 2,
    marginMs: 0,
    pushback: { maxAttempts: 1 },
  });
  expect(settings.channel).toMatchObject({
    "grpc.enable_retries": 0,
    "grpc.keepalive_time_ms": 3,
    "grpc.keepalive_timeout_ms": 4,
    "grpc.keepalive_permit_without_calls": 0,
    "grpc.initial_reconnect_backoff_ms": 5,
    "grpc.max_reconnect_backoff_ms": 6,
    "grpc.max_receive_message_length": 7,
    "grpc.max_send_message_length": 8_000_000,
    "grpc.per_rpc_retry_buffer_size": 8_000_000,
    "grpc.client_idle_timeout_ms": 9,
  });
  expect(settle({ keepalive: false }).channel).not.toHaveProperty(["grpc.keepalive_time_ms"]);
});

const wrong: [string, Partial<ClientOptions>][] = [
  ["defaultDeadlineMs is 0; it must be a whole number from 1 to 2147483647.", { defaultDeadlineMs: 0 }],
  ["streamDeadlineMs is NaN;", { streamDeadlineMs: Number.NaN }],
  ["marginMs is -1; it must be a whole number from 0", { marginMs: -1 }],
  ["pushback.maxAttempts is 11; it must be a whole number from 1 to 10.", { pushback: { maxAttempts: 11 } }],
  ["keepalive.timeMs is 0.5;", { keepalive: { timeMs: 0.5 } }],
  [
    "reconnect.maxMs is 50; it must be a whole number from 100 to 2147483647 (reconnect.initialMs).",
    { reconnect: { maxMs: 50 } },
  ],
  ["maxReceiveBytes is -1;", { maxReceiveBytes: -1 }],
  ["methods.unary.timeoutMs is 0;", { methods: { unary: { timeoutMs: 0 } } }],
  ["suspicion.calls is 0;", { suspicion: { calls: 0 } }],
];

test.each(wrong)("a client is not opened when %s", async (message, options) => {
  const host = createTestHost();
  const opening = openClient(host, ProbeServiceDefinition, {
    address: "localhost:1",
    credentials: withoutCredentials(),
    ...options,
  });
  await expect(opening).rejects.toThrow(message);
  await host.close();
});

test("a call leaves the scope the margin that the client was given", async () => {
  let leftMs = 0;
  const probe = await openProbe({
    handlers: { unary: async (_request, { deadlineAt }) => ((leftMs = deadlineAt - Date.now()), answer) },
    client: { marginMs: 1_000 },
  });
  await runInScope({ deadlineAt: Date.now() + 2_000, fields: {} }, () => probe.client.unary(request));
  expect(leftMs).toBeLessThanOrEqual(1_000);
  await probe.close();
});

test("messages are bounded as the client was told, both ways", async () => {
  const probe = await openProbe({
    handlers: { unary: async () => ({ wish: "", padding: Buffer.alloc(2_000) }) },
    client: { maxReceiveBytes: 1_000, maxSendBytes: 500 },
  });
  const tooLong = { category: "resource_exhausted" };
  await expect(probe.client.unary(request)).rejects.toMatchObject(tooLong);
  await expect(probe.client.unary({ wish: "x".repeat(600), padding: Buffer.alloc(0) })).rejects.toMatchObject(
    tooLong,
  );
  await probe.close();
});

test("a refusal with a wait is not tried again without pushback", async () => {
  const init = { category: "resource_exhausted", reason: "FULL", message: "", retryAfterMs: 1 } as const;
  let calls = 0;
  const handlers = {
    unary: async () => {
      calls += 1;
      throw new AppError(init);
    },
  };
  const probe = await openProbe({ handlers, client: { pushback: false } });
  await expect(probe.client.unary(request)).rejects.toMatchObject({ reason: "FULL" });
  expect(calls).toBe(1);
  await probe.close();
});

test("keepalive finds a connection that went mute, and the call is made on another", async () => {
  let calls = 0;
  const probe = await openProbe({
    handlers: {
      unary: (_request, { signal }) => {
        if (calls++ > 0) return Promise.resolve(answer);
        wire.mute();
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve(answer)));
      },
    },
  });
  const wire = await openMutableWire(probe.server.port);
  const client = await probe.clientHost.own(
    openClient(probe.clientHost, ProbeServiceDefinition, {
      address: `127.0.0.1:${wire.port}`,
      credentials: () => adasToken,
      keepalive: { timeMs: 100, timeoutMs: 200 },
    }),
  );
  await client.unary(request);
  const ended = (grpc_code: string) =>
    probe.clientHost.metric("grpc_client_attempt_handled_total", { grpc_code });
  expect([await ended("Unavailable"), await ended("OK")]).toEqual([1, 1]);
  await client.close();
  wire.close();
  await probe.close();
});

/** A wire whose connections so far can be made to carry nothing any more, without being closed. */
async function openMutableWire(toPort: number): Promise<{ port: number; mute(): void; close(): void }> {
  const pairs: [Socket, Socket][] = [];
  const listener = createServer((near) => {
    const far = connect(toPort, "127.0.0.1");
    for (const socket of [near, far]) socket.on("error", () => undefined);
    pairs.push([near, far]);
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    mute() {
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
    },
    close() {
      listener.close();
      for (const socket of pairs.flat()) socket.destroy();
    },
  };
}
