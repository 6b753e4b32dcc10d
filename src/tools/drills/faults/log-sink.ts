import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Act } from "../types";
import { startedWith } from "./processes";

/**
 * A server that takes GELF and throws it away, which is all that a sender sees of Graylog. `connected` starts a service that sends to it, `gone` takes it away:
 * connections are cut and refused.
 */
export function logSink(service: string) {
  let server: Server | undefined;
  let port = 0;
  const sockets = new Set<Socket>();
  const listen = async (): Promise<void> => {
    const opened = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
      socket.resume();
    });
    await new Promise<void>((resolve, reject) => {
      opened.once("error", reject);
      opened.listen(port, "127.0.0.1", resolve);
    });
    port = (opened.address() as AddressInfo).port;
    server = opened;
  };
  const close = async (): Promise<void> => {
    server?.close();
    server = undefined;
    for (const socket of sockets) socket.destroy();
  };
  const connected: Act = async (site, undo) => {
    undo.add("close the log sink", close);
    await listen();
    await startedWith(service, () => ({ GELF_ADDRESS: `127.0.0.1:${port}` }))(site, undo);
    // The service looks at its connection when it is scraped: it has to have seen that there was one.
    await sleep(6_000);
    if (sockets.size === 0) throw new Error(`${service} does not connect to the log sink`);
  };
  const gone: Act = async (_site, undo) => {
    undo.add("open the log sink again", listen);
    await close();
  };
  return { connected, gone };
}
