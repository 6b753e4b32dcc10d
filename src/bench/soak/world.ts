import { setMaxListeners } from "node:events";
import { connect, type ClientHttp2Session } from "node:http2";
import type { SpanProcessor } from "@opentelemetry/sdk-trace-base";
import { Client as RawClient, credentials } from "@grpc/grpc-js";
import { defineConfig } from "../../platform/config";
import {
  type Client,
  createServer,
  type GrpcServer,
  grpcServerConfig,
  openClient,
} from "../../platform/grpc";
import { createHost, type HostControl } from "../../platform/lifecycle";
import { createMetrics, openLog, startTelemetry } from "../../platform/telemetry";
import { largestMessage, SoakService, soakHandlers } from "./service";
import { openWire, type Wire } from "./wire";

export type SoakClient = Client<typeof SoakService>;

/** Everything that is open during a soak. */
export type World = {
  server: HostControl;
  client: HostControl;
  calls: SoakClient;
  /** On a wire that is cut now and then. */
  wired: SoakClient;
  wire: Wire;
  /** Of a service that the server does not have. */
  unheard: SoakClient;
  /** Asks for answers no longer than one byte. */
  narrow: SoakClient;
  /** grpc-js's own client, for bytes of any kind and calls without a deadline. */
  raw: RawClient;
  /** The session for streams that are reset; a new one after Node's server has ended it for too many resets (`streamResetBurst`). */
  http2(): ClientHttp2Session;
  /** Given to calls and never aborted: what listens to it after its call has leaked. */
  patience: AbortController;
  /** Lines and spans that went nowhere. */
  told: { lines: number; spans: number };
  /** A further server on the same host, with a client; both are closed by their user. */
  openInstance(): Promise<{ server: GrpcServer; client: SoakClient }>;
  close(): Promise<void>;
};

/** The server's deadline for calls that come without one, in milliseconds. */
const serverDeadlineMs = 20;

/** Opens servers and clients with all their signals: metrics, lines to nowhere, spans to a counter. */
export async function openWorld({ connectionAgeMs }: { connectionAgeMs: number }): Promise<World> {
  const told = { lines: 0, spans: 0 };
  const processor: SpanProcessor = {
    onStart: () => undefined,
    onEnd: () => void told.spans++,
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
  const telemetry = startTelemetry({
    identity: { service: "soak", instance: "soak-1" },
    processors: [processor],
  });
  const openHost = (name: string): HostControl => {
    const { log } = openLog({
      service: name,
      instance: `${name}-1`,
      level: "debug",
      destination: { write: () => void told.lines++ },
    });
    return createHost({ name, instance: `${name}-1`, log, metrics: createMetrics() });
  };
  const server = openHost("soak-server");
  const client = openHost("soak-client");
  const { grpc } = defineConfig({ grpc: grpcServerConfig })({
    GRPC_PORT: "0",
    GRPC_MAX_MESSAGE_BYTES: String(largestMessage),
    GRPC_UNARY_DEADLINE_MS: String(serverDeadlineMs),
    GRPC_STREAM_DEADLINE_MS: String(serverDeadlineMs),
    GRPC_STOP_NOTICE_MS: "0",
    GRPC_DRAIN_MS: "10",
    // What is looked for is what calls leave behind; a busy machine would have them wait at the door beyond their short deadlines.
    GRPC_MAX_CONCURRENT_CALLS: "0",
    GRPC_RATE_PER_SECOND: "0",
    // Node's server ends a connection that resets more than streamResetBurst (1,000) and streamResetRate (33 a second) allow, with INTERNAL for its open calls; and
    // Node keeps an empty list of timers per connection until it would have been too old. Connections that are replaced often see neither.
    GRPC_MAX_CONNECTION_AGE_MS: String(connectionAgeMs),
  });
  const listen = (port: number): Promise<GrpcServer> => {
    const opened = createServer(server.host, { ...grpc, port }, { access: "open" });
    opened.add(SoakService, soakHandlers);
    return opened.listen();
  };
  const open = (port: number, service: typeof SoakService = SoakService, maxReceiveBytes?: number) =>
    openClient(client.host, service, {
      address: `127.0.0.1:${port}`,
      credentials: () => ({}),
      retry: false,
      reconnect: { initialMs: 1, maxMs: 20 },
      maxReceiveBytes,
    });

  const serving = await server.host.own(listen(0));
  const wire = await openWire(serving.port);
  const { own } = client.host;
  const calls = await own(open(serving.port));
  const wired = await own(open(wire.port));
  const unheard = await own(
    open(serving.port, { ...SoakService, fullName: "alexandrite.soak.v1.Unheard" } as never),
  );
  const narrow = await own(open(serving.port, SoakService, 1));
  const raw = new RawClient(`127.0.0.1:${serving.port}`, credentials.createInsecure());
  let session = openSession(serving.port);
  let instancePort = 0;
  const patience = new AbortController();
  // As many as calls that are open at a time, by intent.
  setMaxListeners(0, patience.signal);
  return {
    server,
    client,
    calls,
    wired,
    wire,
    unheard,
    narrow,
    raw,
    http2() {
      if (session.closed || session.destroyed) session = openSession(serving.port);
      return session;
    },
    patience,
    told,
    async openInstance() {
      const another = await listen(instancePort);
      // The same next time, for clients count by their target.
      instancePort = another.port;
      return { server: another, client: await open(another.port) };
    },
    async close() {
      raw.close();
      session.destroy();
      await wire.close();
      const left = [...(await client.stop(10_000)), ...(await server.stop(10_000))];
      await telemetry.shutdown();
      if (left.length > 0) throw new Error(`Not closed: ${left.join(", ")}.`);
    },
  };
}

function openSession(port: number): ClientHttp2Session {
  return connect(`http://127.0.0.1:${port}`).on("error", () => undefined);
}
