import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP server on a free port. */
export type Served = { readonly url: string; close(): Promise<void> };

export async function serve(server: Server | RequestListener): Promise<Served> {
  const running = typeof server === "function" ? createServer(server) : server;
  await new Promise<void>((resolve) => running.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(running.address() as AddressInfo).port}`,
    async close() {
      running.closeAllConnections();
      await new Promise((resolve) => running.close(resolve));
    },
  };
}
