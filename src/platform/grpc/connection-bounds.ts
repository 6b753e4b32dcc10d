import type { Server as NetServer } from "node:net";
import type { Server } from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { connectionsRefusedTotal } from "./metrics";

type Bindable = {
  commonServerOptions?: { settings?: Record<string, number> };
  http2Servers?: Map<NetServer, unknown>;
};

/**
 * Bounds the metadata of a call, before the port is opened. grpc-js has no option for it, and Node's own bound is 64 KiB: it goes into the HTTP/2 settings
 * that grpc-js keeps (`commonServerOptions`, private, seen in 1.14.7). A call over it is reset with ENHANCE_YOUR_CALM, which clients read as
 * RESOURCE_EXHAUSTED. It holds once a client has acknowledged the settings: the first calls of a connection may still be larger.
 */
export function boundMetadata(server: Server, bytes: number): void {
  const { commonServerOptions } = server as unknown as Bindable;
  if (commonServerOptions)
    commonServerOptions.settings = { ...commonServerOptions.settings, maxHeaderListSize: bytes };
}

/** Bounds the connections, once the port is open: one too many is closed before its handshake, and counted. */
export function boundConnections(host: ServiceHost, server: Server, most: number): void {
  const refused = host.metrics.counter(connectionsRefusedTotal).child({});
  for (const listener of (server as unknown as Bindable).http2Servers?.keys() ?? []) {
    listener.maxConnections = most;
    listener.on("drop", () => refused.inc());
  }
}
