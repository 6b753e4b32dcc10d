import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What came to a receiver. */
export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: string };

/** A partner's HTTP server on a port of its own. */
export type Receiver = {
  readonly port: number;
  /** Posts so far, whole ones only. */
  readonly received: Received[];
  /** Connections so far. */
  readonly connections: number;
  url(path?: string): string;
  /** How it answers from now on. Default: 204. */
  answer(how: (response: ServerResponse, request: Received) => void): void;
  /** Waits until so many posts have come; throws after 20 s. */
  until(count: number, which?: (each: Received) => boolean): Promise<Received[]>;
  close(): Promise<void>;
};

/** Answers with a status and nothing else. */
export function status(code: number): (response: ServerResponse) => void {
  return (response) => void response.writeHead(code).end();
}

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let how: Parameters<Receiver["answer"]>[0] = status(204);
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const whole = { method, path, headers, body: Buffer.concat(chunks).toString() };
      received.push(whole);
      how(response, whole);
    });
  });
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    received,
    get connections() {
      return connections;
    },
    url: (path = "/hook") => `http://127.0.0.1:${port}${path}`,
    answer: (next) => void (how = next),
    async until(count, which = () => true) {
      for (const giveUpAt = Date.now() + 20_000; ;) {
        const found = received.filter(which);
        if (found.length >= count) return found;
        if (Date.now() > giveUpAt) throw new Error(`${found.length} posts have come, not ${count}.`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
