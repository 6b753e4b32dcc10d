import type { ChannelOptions, Server } from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { boundConnections, boundMetadata } from "./connection-bounds";
import { watchHandshakes } from "./handshakes";
import type { GrpcServerConfig } from "./settings";
import { serverCredentials } from "./tls-credentials";
import { destroySessions } from "./tracker";

/** Server options: gRFC A8/A9 keepalive and connection age; bounds that grpc-js leaves open unless they are set. */
export function serverOptions(config: GrpcServerConfig): ChannelOptions {
  return {
    "grpc.max_receive_message_length": config.maxMessageBytes,
    "grpc.max_send_message_length": config.maxMessageBytes,
    "grpc.max_concurrent_streams": config.maxConcurrentStreams,
    "grpc-node.max_session_memory": config.maxSessionMemoryMb,
    "grpc.keepalive_time_ms": 60_000,
    "grpc.keepalive_timeout_ms": 20_000,
    "grpc.max_connection_age_ms": config.maxConnectionAgeMs,
    "grpc.max_connection_age_grace_ms": 60_000,
    "grpc.enable_channelz": 0,
  };
}

/** Opens the server's port: TLS where there is a certificate, plain text otherwise. Throws for TLS files that do not fit. */
export async function bind(host: ServiceHost, server: Server, config: GrpcServerConfig): Promise<number> {
  const { host: name, port, tls } = config;
  const credentials = serverCredentials(host, tls);
  boundMetadata(server, config.maxMetadataBytes);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${name}:${port}`, credentials, (error, boundPort) => {
      if (!error) return resolve(boundPort);
      reject(
        new Error(`The gRPC port ${name}:${port} cannot be opened; stop what has it, or set GRPC_PORT.`, {
          cause: error,
        }),
      );
    });
  });
  watchHandshakes(host, server);
  boundConnections(host, server, config.maxConnections);
  return bound;
}

/** How long calls that were cut off may take to tell their callers. */
const cutOffMs = 500;

/**
 * Lets open calls finish for `drainMs`, then has `cutOff` end them, then closes the connections of callers that do not even listen. `tryShutdown` alone
 * may never call back (grpc-node #1458, #1664).
 */
export async function shutDown(server: Server, drainMs: number, cutOff: () => void): Promise<void> {
  let isDrained = false;
  const drained = new Promise<void>((resolve) =>
    server.tryShutdown(() => {
      isDrained = true;
      resolve();
    }),
  );
  await Promise.race([drained, after(drainMs)]);
  if (isDrained) return;
  cutOff();
  await Promise.race([drained, after(cutOffMs)]);
  if (isDrained) return;
  destroySessions(server);
  server.forceShutdown();
  await Promise.race([drained, after(cutOffMs)]);
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
