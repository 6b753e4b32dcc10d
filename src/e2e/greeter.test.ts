import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer as createTcp, type AddressInfo } from "node:net";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createReceiver } from "../stack/otlp/receiver";
import type { Span } from "../stack/otlp/spans";
import { TraceStore } from "../stack/otlp/trace-store";

const root = join(__dirname, "../..");
const folder = join(root, "examples/greeter");

/** The commands of the README's first shell block, a line each. */
function commandsOfReadme(): string[] {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const block = /```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  return block.trim().split("\n");
}

type Line = Record<string, unknown> & { msg?: string };
type Run = { child: ChildProcess; lines: Line[]; noise: string[]; exited: Promise<number | null> };

const runs: Run[] = [];
let traces: Server;
let traceFolder: string;
let env: NodeJS.ProcessEnv;

/** Runs a command as a reader would type it, in the example's folder and a process group of its own. */
function type(command: string, more: NodeJS.ProcessEnv = {}): Run {
  const child = spawn("bash", ["-c", command], { cwd: folder, env: { ...env, ...more }, detached: true });
  const lines: Line[] = [];
  const noise: string[] = [];
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on("line", (text) => {
      if (text.startsWith("{")) lines.push(JSON.parse(text) as Line);
      else if (text !== "") noise.push(text);
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const run = { child, lines, noise, exited };
  runs.push(run);
  return run;
}

/** Waits for something to be seen while the command runs. */
async function until<T>(look: () => T | undefined, { child, noise, lines }: Run): Promise<T> {
  for (const end = Date.now() + 150_000; Date.now() < end && child.exitCode === null;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const said = [...noise, ...lines.map((line) => JSON.stringify(line))];
  throw new Error(`It did not come. There was:\n${said.join("\n")}`);
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Ends what still runs of a command. */
async function end({ child, exited }: Run): Promise<void> {
  const hasEnded = child.exitCode !== null || child.signalCode !== null;
  if (child.pid !== undefined && !hasEnded) process.kill(-child.pid, "SIGKILL");
  await exited;
}

beforeAll(async () => {
  traceFolder = mkdtempSync(join(tmpdir(), "alexandrite-greeter-"));
  traces = createReceiver(new TraceStore(traceFolder, 1_000_000));
  await new Promise<void>((done) => traces.listen(0, "127.0.0.1", done));
  const grpcPort = await freePort();
  // A reader's shell knows nothing of the npm and the make that run this test.
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|MAKE|MFLAGS)/.test(name));
  env = {
    ...Object.fromEntries(own),
    GRPC_PORT: String(grpcPort),
    GREETER_ADDRESS: `127.0.0.1:${grpcPort}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: tracesUrl(),
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  };
});
afterAll(async () => {
  for (const run of runs) await end(run);
  traces.closeAllConnections();
  await new Promise((done) => traces.close(done));
  rmSync(traceFolder, { recursive: true });
});

function tracesUrl(): string {
  return `http://127.0.0.1:${(traces.address() as AddressInfo).port}`;
}

test("the two commands of the README serve, call, and leave a metric, a line and a trace of each call", async () => {
  const [serve = "", call = "", ...more] = commandsOfReadme();
  expect(more).toEqual([]);
  const ADMIN_PORT = String(await freePort());
  const server = type(serve, { ADMIN_PORT });
  await until(() => server.lines.find(({ msg }) => msg === "greeter is running"), server);
  const client = type(call);
  await client.exited;
  expect({
    code: client.child.exitCode,
    noise: client.lines.filter(({ level }) => level !== "info"),
  }).toEqual({
    code: 0,
    noise: [],
  });
  expect(client.lines.map(({ msg }) => msg)).toEqual(
    expect.arrayContaining(["Hello Ada", "Hello Grace", "greeter-client stopped"]),
  );

  const lineOf = (method: string) => () =>
    server.lines.find(
      ({ rpc_method, rpc_code }) => rpc_method === `greeter.v1.Greeter/${method}` && rpc_code === "OK",
    );
  const hello = await until(lineOf("SayHello"), server);
  const greetings = await until(lineOf("StreamGreetings"), server);
  expect(hello).toMatchObject({ level: "info", service: "greeter", messages_in: 1, messages_out: 1 });
  expect(greetings).toMatchObject({
    level: "info",
    messages_in: 1,
    messages_out: 3,
    trace_id: hello["trace_id"],
  });

  const metrics = await (await fetch(`http://127.0.0.1:${ADMIN_PORT}/metrics`)).text();
  for (const [kind, method] of [
    ["unary", "SayHello"],
    ["server_stream", "StreamGreetings"],
  ]) {
    const labels = `grpc_type="${kind}",grpc_service="greeter.v1.Greeter",grpc_method="${method}",grpc_code="OK"`;
    expect(metrics).toContain(
      `grpc_server_handled_total{${labels}} 1 # {trace_id="${String(hello["trace_id"])}"}`,
    );
  }

  // The last spans leave when the server stops; npm and the shell end with it.
  const pid = Number(/-(\d+)$/.exec(String(hello["instance"]))?.[1]);
  process.kill(pid, "SIGTERM");
  await server.exited;
  expect(server.lines.at(-1)?.msg).toBe("greeter stopped");
  const answer = await fetch(`${tracesUrl()}/traces/${String(hello["trace_id"])}`);
  const { spans } = (await answer.json()) as { spans: Span[] };
  expect(spans.map(({ service, kind, name }) => `${service} ${kind} ${name}`).sort()).toEqual([
    "greeter SERVER greeter.v1.Greeter/SayHello",
    "greeter SERVER greeter.v1.Greeter/StreamGreetings",
    "greeter-client CLIENT greeter.v1.Greeter/SayHello",
    "greeter-client CLIENT greeter.v1.Greeter/StreamGreetings",
    "greeter-client INTERNAL greet",
  ]);
}, 200_000);

test("the example imports the package and its own files only, in about forty lines each", () => {
  const sources = readdirSync(folder).filter((name) => name.endsWith(".js"));
  for (const name of sources) {
    const text = readFileSync(join(folder, name), "utf8");
    const imported = [...text.matchAll(/from "([^"]+)"/g)].map(([, from]) => from);
    expect(new Set([...imported, "alexandrite/platform", "./greeter.js"]).size).toBe(2);
    expect(text.split("\n").length).toBeLessThan(45);
  }
  expect(sources).toEqual(["client.js", "greeter.js", "server.js"]);
});

test("the package's types check the example", () => {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  expect(() =>
    execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8", stdio: "pipe" }),
  ).not.toThrow();
}, 120_000);
