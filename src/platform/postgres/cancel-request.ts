import { connect } from "node:net";
import type { PoolClient } from "pg";

const cancelCode = 80_877_102;

/**
 * Asks the server to end what `client` runs, over a connection of its own. Resolves when the server has acted on it (it closes the connection
 * then) or cannot be reached, so a caller that waits can be sure that no later statement of `client` is hit.
 * Protocol: https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS. node-postgres' own `client.cancel` reads a
 * property that warns as deprecated in 8.23.
 */
export function sendCancelRequest(client: PoolClient, timeoutMs: number): Promise<void> {
  const { host, port, processID, secretKey } = client as unknown as {
    host: string;
    port: number;
    processID: number;
    secretKey: number;
  };
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(cancelCode, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  return new Promise((resolve) => {
    const socket = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.on("connect", () => socket.end(request));
    socket.on("error", () => undefined);
    socket.on("data", () => undefined);
    socket.on("close", () => resolve());
  });
}
