import { createTestHost, type TestHost } from "../testing";
import {
  createServer,
  type GrpcServer,
  type GrpcServerOptions,
  openClient,
  type Principal,
  withoutCredentials,
} from ".";
import { askReflection } from "./testing/ask-reflection";
import { ForgottenServiceDefinition, ProbeServiceDefinition } from "./testing/gen/testing";
import { authenticateAda, probeHandlers, serverSettings, testingDescriptors } from "./testing/probe";

let host: TestHost;
let callers: Principal[];

beforeEach(() => {
  host = createTestHost();
  callers = [];
});
afterEach(() => host.close());

/** Serves a service that has no access rules at all, and one that has some. */
async function serve(options: GrpcServerOptions): Promise<GrpcServer> {
  const server = createServer(host, serverSettings(), options);
  server.add(ForgottenServiceDefinition, {
    forgotten: async (_request, { principal }) => {
      callers.push(principal);
      return {};
    },
  });
  server.add(ProbeServiceDefinition, probeHandlers());
  return host.own(server.listen());
}

async function call(server: GrpcServer, metadata: Record<string, string> = {}): Promise<unknown> {
  const options = { address: `127.0.0.1:${server.port}`, credentials: withoutCredentials() };
  const client = await host.own(openClient(host, ForgottenServiceDefinition, options));
  return client.forgotten({}, { metadata });
}

async function converse(server: GrpcServer, wish: string): Promise<string[]> {
  const options = { address: `127.0.0.1:${server.port}`, credentials: withoutCredentials() };
  const client = await host.own(openClient(host, ProbeServiceDefinition, options));
  const requests = (async function* () {
    yield { wish, padding: Buffer.alloc(0) };
  })();
  const wishes: string[] = [];
  for await (const answer of client.bidiStream(requests)) wishes.push(answer.wish);
  return wishes;
}

test("open access is not what leaving things out gives", () => {
  const server = createServer(host, serverSettings(), {} as GrpcServerOptions);
  expect(() => server.add(ForgottenServiceDefinition, { forgotten: async () => ({}) })).toThrow(
    /ForgottenService\/Forgotten is not in the descriptors the server was given, .* or choose access: "open"/,
  );
});

test("with open access and nobody to ask, everybody is anonymous, whatever token they show", async () => {
  const server = await serve({ access: "open" });
  await call(server);
  await call(server, { authorization: "Bearer nonsense" });
  expect(callers.map(({ role }) => role)).toEqual(["anonymous", "anonymous"]);
});

test("with open access, authenticate names every caller and may refuse", async () => {
  const server = await serve({ access: "open", authenticate: authenticateAda });
  await call(server);
  await call(server, { authorization: "Bearer ada" });
  await expect(call(server, { authorization: "Bearer nonsense" })).rejects.toMatchObject({
    category: "unauthenticated",
    reason: "BAD_TOKEN",
  });
  expect(callers.map(({ id }) => id)).toEqual(["", "ada"]);
});

test("open access validates by descriptors, and without them not at all", async () => {
  const wish = "longer than twenty characters";
  const described = await serve({ access: "open", descriptors: testingDescriptors });
  await expect(converse(described, wish)).rejects.toMatchObject({ reason: "INVALID_FIELDS" });
  expect(await converse(await serve({ access: "open" }), wish)).toEqual([wish]);
});

test("without descriptors reflection lists what the server itself brings", async () => {
  const { list_services_response } = await askReflection(await serve({ access: "open" }), "v1", {
    list_services: "*",
  });
  expect(list_services_response?.service.map(({ name }) => name)).toEqual([
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
  ]);
});
