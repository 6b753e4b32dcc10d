import { spawn } from "node:child_process";
import { createServer, type Principal } from "../../platform/grpc";
import { defineConfig } from "../../platform/config";
import { grpcServerConfig } from "../../platform/grpc";
import { createHost } from "../../platform/lifecycle";
import { createMetrics, openLog } from "../../platform/telemetry";
import { BenchServiceDefinition } from "../overhead/gen/bench";

/** A server of the platform whose calls cost a known time of its CPU, in slices with waits between them, as those of a handler that asks a database. */
const [costUs = 4_000, slices = 4] = process.argv.slice(2).map(Number);

/** Tokens are `role-number`; finding that out takes a turn of the microtask queue, as a cached key does. */
async function authenticate({ authorization = "" }: { authorization?: string }): Promise<Principal> {
  const [role = "", id = ""] = authorization.replace("Bearer ", "").split("-");
  return { role: role as Principal["role"], id, name: id };
}

/** Another process that answers each byte with itself, in order: what a handler waits for, as it waits for a database. */
const peer = spawn("cat", { stdio: ["pipe", "pipe", "inherit"] });
const asked: (() => void)[] = [];
peer.stdout.on("data", (answers: Buffer) => {
  for (const _ of answers) asked.shift()?.();
});

function askPeer(): Promise<void> {
  return new Promise((resolve) => {
    asked.push(resolve);
    peer.stdin.write("?");
  });
}

async function work(holdMs: number): Promise<void> {
  if (holdMs > 0) return void (await new Promise((resolve) => setTimeout(resolve, holdMs)));
  for (let i = 0; i < slices; i++) {
    const until = performance.now() + costUs / slices / 1000;
    while (performance.now() < until);
    await askPeer();
  }
}

async function main(): Promise<void> {
  const { log } = openLog({ service: "bench", instance: "bench-1", level: "info" });
  const { host } = createHost({ name: "bench", instance: "bench-1", log, metrics: createMetrics() });
  const { grpc } = defineConfig({ grpc: grpcServerConfig })({ GRPC_PORT: "0", ...process.env });
  const server = createServer(host, grpc, { access: "open", authenticate });
  server.add(BenchServiceDefinition, {
    get: async ({ item }) => ({ item }),
    list: async (_request, { metadata }) => {
      await work(Number(metadata["hold-ms"] ?? 0));
      return { items: [{ id: "1", name: "part", quantity: 1, priceMinor: 100n }] };
    },
    watch: async function* () {},
  });
  const { port } = await server.listen();
  process.once("disconnect", () => {
    peer.once("exit", () => process.exit(0));
    peer.stdin.end();
  });
  process.on("message", () => undefined);
  process.send?.({ kind: "ready", port });
}

void main();
