import { type ChannelOptions, type Server, ServerCredentials } from "@grpc/grpc-js";
import type { GrpcServerConfig } from "./settings";

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

/** Opens the server's port. */
export function bind(server: Server, { host, port }: GrpcServerConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (!error) return resolve(bound);
      reject(
        new Error(`The gRPC port ${host}:${port} cannot be opened; stop what has it, or set GRPC_PORT.`, {
          cause: error,
        }),
      );
    });
  });
}

/** Lets open calls finish for `drainMs`, then cuts them off: `tryShutdown` alone may never call back (grpc-node #1458, #1664). */
export async function shutDown(server: Server, drainMs: number): Promise<"drained" | "cut off"> {
  const drained = new Promise<"drained">((resolve) => server.tryShutdown(() => resolve("drained")));
  if ((await Promise.race([drained, after(drainMs)])) === "drained") return "drained";
  server.forceShutdown();
  // The calls that were cut off end a moment later; their records belong to this process's life.
  await Promise.race([drained, after(cutOffMs)]);
  return "cut off";
}

const cutOffMs = 500;

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
