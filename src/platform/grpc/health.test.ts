import { credentials, makeClientConstructor, type ServiceClientConstructor } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import { withSpan } from "../telemetry";
import { createTestHost, type TestHost } from "../testing";
import { createServer, type GrpcServer } from ".";
import { ProbeServiceDefinition } from "./testing/gen/testing";
import {
  authenticateAda,
  eventually,
  probeHandlers,
  serverSettings,
  testingDescriptors,
} from "./testing/probe";

type HealthClient = InstanceType<ServiceClientConstructor>;

const pollMs = 60;
let host: TestHost;
let server: GrpcServer;
let health: HealthClient;
let database: "up" | "down";

beforeEach(async () => {
  database = "up";
  host = createTestHost("health", { readinessPollMs: pollMs });
  server = createServer(host, serverSettings(), {
    authenticate: authenticateAda,
    descriptors: testingDescriptors,
  });
  server.add(ProbeServiceDefinition, probeHandlers());
});
afterEach(async () => {
  health.close();
  await host.close();
});

test("health follows readiness, for the server and each service, and watchers are told each change once", async () => {
  await start();
  const [all, one] = [watch(""), watch("alexandrite.testing.v1.ProbeService")];
  await eventually(() => all.length === 1 && one.length === 1);
  database = "down";
  await eventually(() => all.length === 2 && one.length === 2);
  expect(await check()).toBe("NOT_SERVING");
  expect(await host.ready()).toMatchObject({ ready: false });
  await new Promise((resolve) => setTimeout(resolve, 4 * pollMs));
  database = "up";
  await eventually(() => all.length === 3 && one.length === 3);
  expect(await check()).toBe("SERVING");
  for (const told of [all, one]) expect(told).toEqual(["SERVING", "NOT_SERVING", "SERVING"]);
  const lines = host.logs.filter(({ msg }) => msg?.startsWith("gRPC health says"));
  expect(lines.map(({ level, failed }) => ({ level, failed }))).toEqual([
    { level: "warn", failed: ["database: no connection"] },
    { level: "info", failed: undefined },
  ]);
  expect(await host.metric("service_ready", { check: "database" })).toBe(1);
});

test("a server that opens before its host is ready says NOT_SERVING from the first answer on", async () => {
  database = "down";
  await start();
  expect(await check()).toBe("NOT_SERVING");
  const told = watch("");
  await eventually(() => told.length === 1);
  database = "up";
  await eventually(() => told.length === 2);
  expect(told).toEqual(["NOT_SERVING", "SERVING"]);
});

test("a check that flaps is passed on no faster than the polls look", async () => {
  let looks = 0;
  host.readiness("flapping", async () => {
    if (++looks % 2 === 0) throw new Error("down");
  });
  await start();
  const startedAt = performance.now();
  const told = watch("");
  await eventually(() => told.length >= 6);
  expect(performance.now() - startedAt).toBeGreaterThan(4 * pollMs);
  // `/readyz` runs the checks as well, and tells no watcher.
  const before = told.length;
  await Promise.all([host.ready(), host.ready(), host.ready()]);
  expect(told.length - before).toBeLessThanOrEqual(1);
});

test("polling makes no spans, and a stopping server says NOT_SERVING and polls no more", async () => {
  let looks = 0;
  host.readiness("counting", () => withSpan("look", {}, async () => void looks++));
  host.clear();
  await start();
  await eventually(() => looks > 2);
  const told = watch("");
  await eventually(() => told.length === 1);
  await host.close();
  expect(told).toEqual(["SERVING", "NOT_SERVING"]);
  const seen = looks;
  await new Promise((resolve) => setTimeout(resolve, 3 * pollMs));
  expect(looks).toBe(seen);
  expect(host.spans()).toEqual([]);
});

async function start(): Promise<void> {
  host.readiness("database", async () => {
    if (database === "down") throw new Error("no connection");
  });
  await host.own(server.listen());
  const Health = makeClientConstructor(healthService as never, "Health");
  health = new Health(`127.0.0.1:${server.port}`, credentials.createInsecure());
}

/** What a watcher of this service is told, as it comes. */
function watch(service: string): string[] {
  const told: string[] = [];
  const call = health["watch"]?.({ service });
  call.on("data", ({ status }: { status: string }) => told.push(status));
  call.on("error", () => undefined);
  return told;
}

function check(): Promise<string> {
  return new Promise((resolve) =>
    health["check"]?.({ service: "" }, (error: { code: number } | null, answer: { status: string }) =>
      resolve(error ? `code ${error.code}` : answer.status),
    ),
  );
}
