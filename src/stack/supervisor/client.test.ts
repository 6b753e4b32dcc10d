import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startTimeOf } from "../proc";
import type { ProcessSpec } from "../process-spec";
import type * as Client from "./client";
import { socketPath } from "./protocol";

// The supervisor is a process of its own, so it is compiled first; packages are found from below node_modules.
const root = resolve(__dirname, "../../..");
const compiled = join(root, "node_modules", ".cache", `stack-test-${process.pid}`);
let client: typeof Client;
let folder: string;

const sleeper = (name: string): ProcessSpec => ({
  name,
  command: "/bin/sleep",
  args: ["60"],
  env: {},
  cwd: "/",
  stopSignal: "SIGTERM",
  stopMs: 5_000,
  stage: 0,
  ports: [],
  ready: { kind: "none" },
  fingerprint: "",
});

beforeAll(async () => {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const build = [
    "--outDir",
    compiled,
    "--rootDir",
    join(root, "src"),
    "--incremental",
    "false",
    "--declaration",
    "false",
  ];
  execFileSync(process.execPath, [tsc, "-p", join(root, "src/stack/tsconfig.json"), ...build], {
    stdio: "inherit",
  });
  client = (await import(join(compiled, "stack/supervisor/client.js"))) as typeof Client;
});
afterAll(() => rmSync(compiled, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alexandrite-client-"));
});
afterEach(async () => {
  await client.ask(folder, { verb: "shutdown" });
  // What it has ended may still be writing its log.
  rmSync(folder, { recursive: true, maxRetries: 20 });
});

test("of callers at the same time one starts the supervisor and all find it", async () => {
  const states = await Promise.all(Array.from({ length: 4 }, () => client.ensureSupervisor(folder)));
  expect(new Set(states.map((state) => state.pid)).size).toBe(1);
});

test("processes outlive a killed supervisor, and the next one takes them over", async () => {
  const first = await client.ensureSupervisor(folder);
  await client.ask(folder, { verb: "start", spec: sleeper("a"), restart: "off" });
  const pid = (await client.ask(folder, { verb: "report" }))?.processes[0]?.pid ?? 0;
  process.kill(first.pid, "SIGKILL");
  await sleep(100);
  expect(await client.ask(folder, { verb: "report" })).toBeUndefined();
  expect(client.hasRemains(folder)).toBe(true);
  const second = await client.ensureSupervisor(folder);
  expect(second).toMatchObject({ adopted: 1, processes: [{ name: "a", state: "running", pid }] });
});

test("shutdown stops the processes, the supervisor and its socket", async () => {
  const { pid } = await client.ensureSupervisor(folder);
  await client.ask(folder, { verb: "start", spec: sleeper("a"), restart: "on" });
  const child = (await client.ask(folder, { verb: "report" }))?.processes[0]?.pid ?? 0;
  await client.ask(folder, { verb: "shutdown" });
  for (let left = 40; left > 0 && startTimeOf(pid) !== undefined; left--) await sleep(50);
  expect([startTimeOf(pid), startTimeOf(child), existsSync(socketPath(folder))]).toEqual([
    undefined,
    undefined,
    false,
  ]);
  expect(client.hasRemains(folder)).toBe(false);
});

test("a refusal reaches the caller as one sentence", async () => {
  await client.ensureSupervisor(folder);
  await expect(client.ask(folder, { verb: "kill", name: "b" })).rejects.toThrow(
    "There is no process b; there are: none.",
  );
});
