import { createServer, request as send, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Closable } from "../../../platform/lifecycle";

/**
 * What the line does to a request: `pass`; `lose answer`: it arrives, its answer does not; `lose request`: it never arrives; `hold`: it arrives when
 * `release` says so, and its answer goes nowhere.
 */
export type Fate = "pass" | "lose answer" | "lose request" | "hold";

/** An HTTP line to a server that does what a test tells it to. */
export type UnreliableLine = Closable & {
  readonly url: string;
  /** Decides about each request; `pass` for all at first. */
  fateOf: (method: string, path: string) => Fate;
  /** How many requests are held. */
  readonly held: number;
  /** Delivers what is held; resolves with the statuses that came back. */
  release(): Promise<number[]>;
};

export async function openUnreliableLine(target: string): Promise<UnreliableLine> {
  let held: (() => Promise<number>)[] = [];
  const silent = new Set<ServerResponse>();
  const server = createServer((request, response) => void handle(request, response));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const fate = line.fateOf(request.method ?? "", request.url ?? "");
    const deliver = () => forward(target, request, body);
    if (fate === "pass") {
      const { status, text } = await deliver();
      response.writeHead(status, { "content-type": "application/json" }).end(text);
      return;
    }
    silent.add(response);
    if (fate === "lose answer") await deliver();
    if (fate === "hold") held.push(async () => (await deliver()).status);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const line: UnreliableLine = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fateOf: () => "pass",
    get held() {
      return held.length;
    },
    async release() {
      const all = held;
      held = [];
      return Promise.all(all.map((deliver) => deliver()));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return line;
}

function forward(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { method: method ?? "GET", headers: { ...headers, host: "", connection: "close" } };
    const outgoing = send(`${target}${url ?? ""}`, options, (answer) => {
      buffer(answer).then(
        (text) => resolve({ status: answer.statusCode ?? 502, text: text.toString() }),
        reject,
      );
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
