import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client as RawClient, credentials, Metadata } from "@grpc/grpc-js";
import { defineConfig } from "../../config";
import { AppError } from "../../errors";
import { createTestHost, type TestHost } from "../../testing";
import {
  type Authenticator,
  type CallContext,
  type Client,
  type ClientOptions,
  createServer,
  type GrpcServer,
  type GrpcServerConfig,
  grpcServerConfig,
  type GrpcServerOptions,
  type Handlers,
  openClient,
} from "..";
import { ProbeServiceDefinition } from "./gen/testing";

export const testingDescriptors: Uint8Array = readFileSync(join(__dirname, "gen/testing.binpb"));

export type ProbeHandlers = Handlers<typeof ProbeServiceDefinition>;
export type ProbeClient = Client<typeof ProbeServiceDefinition>;

/** Knows one customer, by the token `ada`. */
export const authenticateAda: Authenticator = async ({ authorization }) => {
  if (authorization === undefined) return { role: "anonymous", id: "", name: "anonymous" };
  if (authorization === "Bearer ada") return { role: "customer", id: "ada", name: "Ada" };
  throw new AppError({ category: "unauthenticated", reason: "BAD_TOKEN", message: "The token is no good" });
};

export const adasToken = { authorization: "Bearer ada" };

export function serverSettings(overrides: Partial<GrpcServerConfig> = {}): GrpcServerConfig {
  const defaults = defineConfig({ grpc: grpcServerConfig })({ GRPC_PORT: "0", GRPC_STOP_NOTICE_MS: "0" });
  return { ...defaults.grpc, ...overrides };
}

/** Handlers that echo, with what a test puts in their place. */
export function probeHandlers(overrides: Partial<ProbeHandlers> = {}): ProbeHandlers {
  return {
    unary: async ({ wish }) => ({ wish, padding: Buffer.alloc(0) }),
    clientStream: async (requests) => {
      const wishes: string[] = [];
      for await (const { wish } of requests) wishes.push(wish);
      return { wish: wishes.join() };
    },
    serverStream: async function* ({ wish }) {
      for (let i = 0; i < 3; i++) yield { wish: `${wish}${i}`, padding: Buffer.alloc(0) };
    },
    bidiStream: async function* (requests) {
      for await (const { wish } of requests) yield { wish };
    },
    ...overrides,
  };
}

/** A server and a client of ProbeService, each with a host of its own, so that their metrics and logs do not mix. */
export type Probe = {
  server: GrpcServer;
  serverHost: TestHost;
  clientHost: TestHost;
  client: ProbeClient;
  /** A client of grpc-js itself, for calls that ours would not make. */
  raw: RawClient;
  close(): Promise<void>;
};

export type ProbeOptions = {
  handlers?: Partial<ProbeHandlers>;
  settings?: Partial<GrpcServerConfig>;
  server?: Partial<GrpcServerOptions>;
  client?: Partial<ClientOptions>;
};

const opened = new Set<Probe>();
// A test that fails half way leaves its probe open, and jest would wait for it for ever.
afterAll(async () => {
  for (const probe of opened) await probe.close();
});

export async function openProbe(options: ProbeOptions = {}): Promise<Probe> {
  const serverHost = createTestHost("probe-server");
  const clientHost = createTestHost("probe-client");
  const server = createServer(serverHost, serverSettings(options.settings), {
    authenticate: authenticateAda,
    descriptors: testingDescriptors,
    ...options.server,
  });
  server.add(ProbeServiceDefinition, probeHandlers(options.handlers));
  await serverHost.own(server.listen());
  const address = `127.0.0.1:${server.port}`;
  const client = await clientHost.own(
    openClient(clientHost, ProbeServiceDefinition, {
      address,
      credentials: () => adasToken,
      ...options.client,
    }),
  );
  const raw = new RawClient(address, credentials.createInsecure());
  const probe: Probe = {
    server,
    serverHost,
    clientHost,
    client,
    raw,
    async close() {
      opened.delete(probe);
      raw.close();
      await clientHost.close();
      await serverHost.close();
    },
  };
  opened.add(probe);
  return probe;
}

export function metadataOf(pairs: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(pairs)) metadata.set(key, value);
  return metadata;
}

/** Resolves when the call's signal aborts. */
export function untilAborted({ signal }: Pick<CallContext, "signal">): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Waits until `check` gives something else than undefined or false. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  ms = 5_000,
): Promise<Exclude<T, undefined | false>> {
  const until = Date.now() + ms;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
    if (Date.now() > until) throw new Error(`Nothing came within ${ms} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
