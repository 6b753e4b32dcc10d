import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { compilePlatform, type Compiled } from "../testing";
import type { LogSink, openLog } from "./logger";

/** The whole transport: the log, the ring between the threads, the worker, TCP. */
let compiled: Compiled;
let open: typeof openLog;
let sink: LogSink | undefined;
const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
  compiled = await compilePlatform();
  ({ openLog: open } = (await import(join(compiled.dir, "telemetry", "index.js"))) as {
    openLog: typeof openLog;
  });
});
afterAll(() => compiled.remove());
afterEach(async () => {
  await sink?.close(100);
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

test("a flood to a server that never reads costs no waiting, bounded memory, and counted lines", async () => {
  const port = await listen((socket) => socket.pause());
  const { log, gelf } = openSink(port);
  await until(() => gelf?.count("connected") === 1);
  const padding = "z".repeat(1_000);
  const total = 100_000;
  const before = process.memoryUsage().rss;
  const waits: number[] = [];
  for (let i = 0; i < total; i++) {
    const startedAt = performance.now();
    log.info({ padding }, "flood");
    waits.push(performance.now() - startedAt);
    if (i % 200 === 199) await new Promise((resolve) => setImmediate(resolve));
  }
  // Measured 0.015 ms; the longest of all only tells when the machine was busy.
  expect(waits.sort((a, b) => a - b)[total * 0.99]).toBeLessThan(2);
  // 110 MB of lines against the ring of 4 MB, the buffer of 8 MiB and the worker's own heap.
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(250);
  await sink?.close(10_000);
  const count = (name: Parameters<NonNullable<typeof gelf>["count"]>[0]) => gelf?.count(name) ?? 0;
  expect(count("bufferFull")).toBeGreaterThan(50_000);
  expect(count("sent") + count("bufferFull") + count("connectionLost") + count("stopping")).toBe(total);
});

test("a server that restarts gets what was logged meanwhile", async () => {
  const heard: string[] = [];
  const hear = (socket: Socket) => socket.on("data", (chunk) => heard.push(String(chunk)));
  const port = await listen(hear);
  const { log, gelf } = openSink(port);
  log.info("before");
  await until(() => heard.join("").includes("before"));
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => servers.pop()?.close(resolve));
  await until(() => gelf?.count("connected") === 0);
  log.info("during");
  await listen(hear, port);
  await until(() => heard.join("").includes("during"));
  expect(gelf?.count("sent")).toBe(2);
});

test("lines after the end are counted, and throw nothing", async () => {
  const { log, gelf } = openSink(await listen((socket) => socket.resume()));
  log.info("one");
  await sink?.close(5_000);
  expect(gelf?.count("sent")).toBe(1);
  log.info("late");
  expect(gelf?.count("stopping")).toBe(1);
});

function openSink(port: number): LogSink {
  sink = open({
    service: "shop",
    instance: "shop-1",
    gelfAddress: `127.0.0.1:${port}`,
    destination: { write: () => undefined },
  });
  return sink;
}

async function listen(take: (socket: Socket) => void, port = 0): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    take(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !condition();) {
    if (Date.now() > end) throw new Error("The condition did not come true within 10 s.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
