import type { ServiceClientConstructor } from "@grpc/grpc-js";
import { credentials, makeClientConstructor } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import { drive, driveRaw, wishHandlers } from "./testing/drive";
import { adasToken, eventually, metadataOf, openProbe, type Probe } from "./testing/probe";

type HealthClient = InstanceType<ServiceClientConstructor>;

function openHealth({ server }: Probe): HealthClient {
  const Health = makeClientConstructor(healthService as never, "Health");
  return new Health(`127.0.0.1:${server.port}`, credentials.createInsecure());
}

function check(health: HealthClient, service: string): Promise<string> {
  return new Promise((resolve) =>
    health["check"]?.({ service }, (error: { code: number } | null, answer: { status: string }) =>
      resolve(error ? `code ${error.code}` : answer.status),
    ),
  );
}

test("health answers without a token, for the server, for each service, and not for others", async () => {
  const probe = await openProbe();
  const health = openHealth(probe);
  expect(await check(health, "")).toBe("SERVING");
  expect(await check(health, "alexandrite.testing.v1.ProbeService")).toBe("SERVING");
  expect(await check(health, "made.up")).toBe("code 5");
  expect(probe.serverHost.spans().some(({ name }) => name.startsWith("grpc.health"))).toBe(false);
  const lines = probe.serverHost.logs.filter(({ rpc_method }) =>
    String(rpc_method).startsWith("grpc.health"),
  );
  expect(lines.map(({ level }) => level)).toEqual(["debug", "debug", "debug"]);
  health.close();
  await probe.close();
});

test("a server that stops tells the watches NOT_SERVING, ends them, and is not held up by them", async () => {
  const probe = await openProbe({ settings: { drainMs: 5_000 } });
  const health = openHealth(probe);
  const statuses: string[] = [];
  const watch = health["watch"]?.({ service: "" });
  const ended = new Promise((resolve) => watch.on("end", resolve));
  watch.on("data", ({ status }: { status: string }) => statuses.push(status));
  await eventually(() => statuses.length === 1);
  const startedAt = Date.now();
  await probe.close();
  await ended;
  expect(statuses).toEqual(["SERVING", "NOT_SERVING"]);
  expect(Date.now() - startedAt).toBeLessThan(2_000);
  health.close();
});

test("calls that are open may finish while the server drains", async () => {
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const probe = await openProbe({
    handlers: { unary: ({ wish }) => finished.then(() => ({ wish, padding: Buffer.alloc(0) })) },
  });
  const seen = drive(probe.client, "unary", "slow");
  await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 1);
  const closing = probe.serverHost.close();
  setTimeout(finish, 50);
  expect(await seen).toBe("OK");
  await closing;
  await probe.close();
});

test("calls that do not finish are cut off after the drain, and are still told of", async () => {
  const probe = await openProbe({ handlers: wishHandlers, settings: { drainMs: 100 } });
  const seen = driveRaw(probe, "unary", Buffer.from("\n\x04hang"));
  await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 1);
  await probe.serverHost.close();
  expect(await seen).toBe("Unavailable");
  expect(await probe.serverHost.metric("grpc_server_in_flight")).toBe(0);
  expect(await probe.serverHost.metric("grpc_server_handled_total", { grpc_code: "Unavailable" })).toBe(1);
  await probe.close();
});

test("a caller that does not read its answers cannot hold up the stop", async () => {
  const probe = await openProbe({
    handlers: {
      serverStream: async function* () {
        for (;;) yield { wish: "", padding: Buffer.alloc(100_000) };
      },
    },
    settings: { drainMs: 100 },
  });
  const call = probe.raw.makeServerStreamRequest(
    "/alexandrite.testing.v1.ProbeService/ServerStream",
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => bytes,
    Buffer.alloc(0),
    metadataOf(adasToken),
  );
  call.on("error", () => undefined);
  await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 1);
  const startedAt = Date.now();
  await probe.serverHost.close();
  expect(Date.now() - startedAt).toBeLessThan(5_000);
  expect(await probe.serverHost.metric("grpc_server_in_flight")).toBe(0);
  await probe.close();
});

test.each(["serverStream", "bidiStream"] as const)(
  "a %s call ends with UNAVAILABLE as soon as the service stops",
  async (kind) => {
    const probe = await openProbe({ handlers: wishHandlers, settings: { drainMs: 10_000 } });
    const seen = driveRaw(probe, kind, Buffer.from("\n\x04hang"));
    await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 1);
    const startedAt = Date.now();
    await probe.serverHost.close();
    expect(await seen).toBe("Unavailable");
    expect(Date.now() - startedAt).toBeLessThan(2_000);
    expect(await probe.serverHost.metric("grpc_server_handled_total", { grpc_code: "Unavailable" })).toBe(1);
    await probe.close();
  },
);

test("an upload may finish while the server drains", async () => {
  const probe = await openProbe();
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const requests = (async function* () {
    yield { wish: "first", padding: Buffer.alloc(0) };
    await finished;
    yield { wish: "last", padding: Buffer.alloc(0) };
  })();
  const uploading = probe.client.clientStream(requests);
  await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 1);
  const closing = probe.serverHost.close();
  setTimeout(finish, 50);
  expect(await uploading).toEqual({ wish: "first,last" });
  await closing;
  await probe.close();
});
