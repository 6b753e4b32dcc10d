import { connect } from "node:net";
import { createTestHost, type TestHost, until } from "../testing";
import { createHttpServer, type HttpServer } from "./server";
import { mostOwed } from "./pipelining";

let host: TestHost;
let server: HttpServer;
let handled = 0;
let release: () => void;
let waiting: Promise<void>;

beforeAll(async () => {
  host = createTestHost("http");
  const config = { host: "127.0.0.1", port: 0, maxBodyBytes: 1_024, deadlineMs: 30_000, drainMs: 100 };
  server = createHttpServer(host, config);
  server.app.get("/slow", async () => {
    handled += 1;
    await waiting;
    return { ok: true };
  });
  await host.own(server.listen());
});
afterAll(() => host.close());
beforeEach(() => {
  handled = 0;
  waiting = new Promise((resolve) => (release = resolve));
});

/** Asks so often in one write; resolves with the answers when the connection is closed, or when there are as many. */
function ask(times: number): Promise<{ answers: number; closed: boolean }> {
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1");
    let text = "";
    const answers = (): number => text.split("HTTP/1.1 200").length - 1;
    socket.on("data", (data) => {
      text += data.toString();
      if (answers() === times) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve({ answers: answers(), closed: answers() < times }));
    socket.write("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n".repeat(times));
  });
}

test("a connection that asks a thousand times without waiting is closed, and no more than its share is begun", async () => {
  expect(await ask(1_000)).toEqual({ answers: 0, closed: true });
  expect(handled).toBeLessThanOrEqual(mostOwed);
  await until(async () => (await host.metric("http_server_requests_in_flight", { method: "GET" })) === 0);
  release();
});

test("what a pipelining client has on the way is answered, and then some more on the same connection", async () => {
  release();
  expect(await ask(mostOwed)).toEqual({ answers: mostOwed, closed: false });
});
