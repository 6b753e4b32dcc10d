import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { freePorts } from "../ports";
import { ensureToxiproxy } from "../tools/toxiproxy";
import { type Toxiproxy, toxiproxyOn } from "./client";

let child: ChildProcess;
let toxiproxy: Toxiproxy;
let servers: Server[];
let listen: number;

/** Answers everything with its name. */
async function answering(name: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined).on("data", () => socket.write(name));
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** The answer of a new connection; what went wrong otherwise. */
function ask(port: number, withinMs = 2_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("?"));
    const timer = setTimeout(() => end("nothing"), withinMs);
    const end = (answer: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on("data", (bytes: Buffer) => end(bytes.toString()));
    socket.on("error", ({ code }: NodeJS.ErrnoException) => end(code ?? "error"));
    socket.on("end", () => end("closed"));
  });
}

beforeAll(async () => {
  const [apiPort = 0] = await freePorts(1);
  child = spawn(await ensureToxiproxy(), ["-host", "127.0.0.1", "-port", String(apiPort)], {
    stdio: "ignore",
  });
  toxiproxy = toxiproxyOn(apiPort);
  for (let left = 100; ; left--) {
    const error = await toxiproxy.ping().catch((failed: unknown) => failed);
    if (error === undefined) return;
    if (left === 0) throw error;
    await new Promise((wake) => setTimeout(wake, 100));
  }
}, 120_000);
afterAll(async () => {
  child.kill();
  await once(child, "exit");
});

beforeEach(async () => {
  servers = [];
  [listen = 0] = await freePorts(1);
  await toxiproxy.add(`link-${listen}`, { listen, upstream: await answering("one") });
});
afterEach(() => servers.forEach((server) => server.close()));

test("passes bytes on, resets, swallows and delays them, and passes them on again when that is mended", async () => {
  const name = `link-${listen}`;
  expect(await ask(listen)).toBe("one");
  const reset = { type: "reset_peer", attributes: { timeout: 0 } } as const;
  await toxiproxy.spoil(name, reset);
  expect(await ask(listen)).toBe("ECONNRESET");
  await toxiproxy.mend(name, reset);
  const hole = { type: "timeout", stream: "upstream", attributes: { timeout: 0 } } as const;
  await toxiproxy.spoil(name, hole);
  expect(await ask(listen, 300)).toBe("nothing");
  await toxiproxy.mend(name, hole);
  expect(await ask(listen)).toBe("one");
});

test("leads connections elsewhere, refuses them, and all is mended at once", async () => {
  const name = `link-${listen}`;
  await toxiproxy.lead(name, await answering("two"));
  expect(await ask(listen)).toBe("two");
  await toxiproxy.enable(name, false);
  expect(await ask(listen)).toBe("ECONNREFUSED");
  await toxiproxy.mendAll();
  expect(await ask(listen)).toBe("two");
});

test("what it does not know, and a port that is taken, is an error; mending what is whole is none", async () => {
  await expect(toxiproxy.lead("nobody", 1)).rejects.toThrow("toxiproxy knows no /proxies/nobody");
  await expect(toxiproxy.add("second", { listen, upstream: 1 })).rejects.toThrow("address already in use");
  await toxiproxy.mend(`link-${listen}`, { type: "latency" });
});
