import { readFileSync } from "node:fs";
import { createServer as createHttp2Server, constants, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { Client as Channel, credentials } from "@grpc/grpc-js";
import { AppError } from "../errors";
import { createTestHost, type TestHost } from "../testing";
import { openClient, withoutCredentials } from ".";
import { observeAttempts } from "./attempts-hook";
import { ProbeServiceDefinition } from "./testing/gen/testing";
import { eventually, openProbe, type ProbeOptions } from "./testing/probe";

const { version } = JSON.parse(readFileSync(require.resolve("@grpc/grpc-js/package.json"), "utf8")) as {
  version: string;
};

const request = { wish: "", padding: Buffer.alloc(0) };

/** A server that fails its first calls. */
function failing(times: number, init: ConstructorParameters<typeof AppError>[0]): ProbeOptions["handlers"] {
  let calls = 0;
  const perform = (): void => {
    if (calls++ < times) throw new AppError(init);
  };
  return {
    unary: async () => (perform(), request),
    serverStream: async function* () {
      perform();
      yield request;
    },
  };
}

const away = { category: "unavailable", reason: "AWAY", message: "away" } as const;
const full = { category: "resource_exhausted", reason: "FULL", message: "full", retryAfterMs: 20 } as const;

/** Started, handled by code, and retries by kind; what is zero is left out. */
async function attemptsOf(host: TestHost, grpc_method = "Unary"): Promise<Record<string, number>> {
  const found: Record<string, number> = {
    started: await host.metric("grpc_client_attempt_started_total", { grpc_method }),
  };
  for (const grpc_code of ["OK", "Canceled", "ResourceExhausted", "Unavailable", "DeadlineExceeded"]) {
    const labels = { grpc_method, grpc_code };
    const count = await host.metric("grpc_client_attempt_handled_total", labels);
    expect(await host.metric("grpc_client_attempt_handling_seconds_count", labels)).toBe(count);
    if (count > 0) found[grpc_code] = count;
  }
  for (const kind of ["transparent", "retry", "hedge"]) {
    const count = await host.metric("grpc_client_retries_total", { grpc_method, kind });
    if (count > 0) found[kind] = count;
  }
  return found;
}

/** The `retry` events of the client's last span. */
function retriesTold(host: TestHost): unknown[] {
  const span = host.spans().findLast(({ attributes }) => attributes["server.address"] !== undefined);
  return (span?.events ?? []).filter(({ name }) => name === "retry").map(({ attributes }) => attributes);
}

test("the private members were checked against the grpc-js that is installed", () => {
  // Another version: run this file, read attempts-hook.ts beside its internal-channel.js, retrying-call.js and load-balancing-call.js, then say so here.
  expect(version).toBe("1.14.7");
});

test("a call that goes well has one attempt, and the series of retries exist", async () => {
  const probe = await openProbe();
  await probe.client.unary(request);
  expect(await attemptsOf(probe.clientHost)).toEqual({ started: 1, OK: 1 });
  expect(await probe.clientHost.metricsText()).toMatch(
    /grpc_client_retries_total\{.*grpc_method="Unary",kind="hedge"\} 0/,
  );
  expect(await probe.clientHost.metric("grpc_client_attempt_handling_seconds_sum")).toBeGreaterThan(0);
  await probe.close();
});

test("each attempt counts with its own code, and the call once", async () => {
  const probe = await openProbe({ handlers: failing(2, away) });
  await probe.client.unary(request);
  expect(await attemptsOf(probe.clientHost)).toEqual({ started: 3, Unavailable: 2, OK: 1, retry: 2 });
  expect(await probe.clientHost.metric("grpc_client_handled_total")).toBe(1);
  expect(retriesTold(probe.clientHost)).toEqual([
    { "rpc.attempt": 2, "rpc.attempt.kind": "retry", "rpc.grpc.status_code": 14 },
    { "rpc.attempt": 3, "rpc.attempt.kind": "retry", "rpc.grpc.status_code": 14 },
  ]);
  await probe.close();
});

test("a stream's attempts count too", async () => {
  const probe = await openProbe({ handlers: failing(1, away) });
  for await (const _answer of probe.client.serverStream(request));
  expect(await attemptsOf(probe.clientHost, "ServerStream")).toEqual({
    started: 2,
    Unavailable: 1,
    OK: 1,
    retry: 1,
  });
  await probe.close();
});

test("what is sent again after a pushback counts as a retry", async () => {
  const probe = await openProbe({ handlers: failing(1, full) });
  await probe.client.unary(request);
  expect(await attemptsOf(probe.clientHost)).toEqual({ started: 2, ResourceExhausted: 1, OK: 1, retry: 1 });
  expect(retriesTold(probe.clientHost)).toEqual([
    { "rpc.attempt": 2, "rpc.attempt.kind": "retry", "rpc.grpc.status_code": 8 },
  ]);
  await probe.close();
});

test("a stream that is refused with a wait is opened again, one that has answered is not", async () => {
  const probe = await openProbe({ handlers: failing(2, full) });
  const answers: unknown[] = [];
  for await (const each of probe.client.serverStream(request)) answers.push(each);
  expect(answers.length).toBeGreaterThan(0);
  expect(await attemptsOf(probe.clientHost, "ServerStream")).toEqual({
    started: 3,
    ResourceExhausted: 2,
    OK: 1,
    retry: 2,
  });
  await probe.close();

  const halfway = await openProbe({
    handlers: {
      serverStream: async function* () {
        yield request;
        throw new AppError(full);
      },
    },
  });
  const reading = (async () => {
    for await (const _each of halfway.client.serverStream(request));
  })();
  await expect(reading).rejects.toMatchObject({ category: "resource_exhausted" });
  expect(await attemptsOf(halfway.clientHost, "ServerStream")).toEqual({ started: 1, ResourceExhausted: 1 });
  await halfway.close();
});

test("a stream that is given up while it waits to be opened again is cancelled, and is not opened", async () => {
  let opened = 0;
  const probe = await openProbe({
    handlers: {
      serverStream: async function* () {
        opened += 1;
        throw new AppError({
          category: "resource_exhausted",
          reason: "FULL",
          message: "",
          retryAfterMs: 1_900,
        });
      },
    },
  });
  const cancel = new AbortController();
  const reading = (async () => {
    for await (const _each of probe.client.serverStream(request, { signal: cancel.signal }));
  })();
  await eventually(async () => (await probe.serverHost.metric("grpc_server_handled_total")) === 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  cancel.abort();
  await expect(reading).rejects.toMatchObject({ category: "cancelled" });
  expect(opened).toBe(1);
  await probe.close();
});

test("the last attempt of a call that times out or is cancelled ends as the call does", async () => {
  const probe = await openProbe({ handlers: { unary: () => new Promise(() => undefined) } });
  // Connected already, so that the call reaches the server within its time.
  for await (const _answer of probe.client.serverStream(request));
  await probe.client.unary(request, { deadlineMs: 500 }).catch(() => undefined);
  const cancel = new AbortController();
  const calling = probe.client.unary(request, { signal: cancel.signal }).catch(() => undefined);
  await eventually(async () => (await probe.serverHost.metric("grpc_server_started_total")) === 3);
  cancel.abort();
  await calling;
  expect(await attemptsOf(probe.clientHost)).toEqual({ started: 2, DeadlineExceeded: 1, Canceled: 1 });
  await probe.close();
});

test("a call that is not its message has no attempt", async () => {
  const probe = await openProbe();
  await probe.client.unary(undefined as never).catch(() => undefined);
  expect(await attemptsOf(probe.clientHost)).toEqual({ started: 0 });
  await probe.close();
});

test("a retry of what no server has seen is told as transparent", async () => {
  const refusing = await openRefusing(1);
  const host = createTestHost("client");
  const client = await host.own(
    openClient(host, ProbeServiceDefinition, {
      address: `127.0.0.1:${(refusing.address() as AddressInfo).port}`,
      credentials: withoutCredentials(),
    }),
  );
  await expect(client.unary(request)).rejects.toMatchObject({ category: "not_found" });
  expect(await host.metric("grpc_client_attempt_started_total")).toBe(2);
  expect(await host.metric("grpc_client_retries_total", { kind: "transparent" })).toBe(1);
  expect(await host.metric("grpc_client_retries_total", { kind: "retry" })).toBe(0);
  expect(await host.metric("grpc_client_attempt_handled_total", { grpc_code: "NotFound" })).toBe(1);
  await host.close();
  await new Promise((resolve) => refusing.close(resolve));
});

/** Refuses streams before looking at them, then answers NOT_FOUND. */
async function openRefusing(times: number): Promise<Http2Server> {
  let streams = 0;
  const server = createHttp2Server().on("stream", (stream) => {
    stream.on("error", () => undefined);
    if (streams++ < times) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    stream.respond(
      { ":status": 200, "content-type": "application/grpc", "grpc-status": "5" },
      { endStream: true },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

describe("without the hook", () => {
  const open = (handlers: ProbeOptions["handlers"]) => openProbe({ handlers, client: { hooks: "public" } });

  test("a call is one attempt, with the code of the call", async () => {
    const probe = await open(failing(1, away));
    await probe.client.unary(request);
    for await (const _answer of probe.client.serverStream(request));
    expect(await attemptsOf(probe.clientHost)).toEqual({ started: 1, OK: 1 });
    expect(await attemptsOf(probe.clientHost, "ServerStream")).toEqual({ started: 1, OK: 1 });
    await probe.close();
  });

  test("what this library sends again is an attempt of its own", async () => {
    const probe = await open(failing(1, full));
    await probe.client.unary(request);
    expect(await attemptsOf(probe.clientHost)).toEqual({ started: 2, ResourceExhausted: 1, OK: 1, retry: 1 });
    await probe.close();
  });

  test("a grpc-js without it is left alone", () => {
    const channel = new Channel("localhost:1", credentials.createInsecure());
    const { internalChannel } = channel.getChannel() as unknown as {
      internalChannel: { createLoadBalancingCall: unknown };
    };
    internalChannel.createLoadBalancingCall = undefined;
    expect(observeAttempts(channel)).toBe(false);
    expect(internalChannel.createLoadBalancingCall).toBeUndefined();
    channel.close();
  });
});
