import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, isFrozen, startTimeOf } from "../proc";
import type { ProcessSpec } from "../process-spec";
import type { RestartPolicy } from "../settings";
import type { ProcessReport, Request } from "./protocol";
import { Supervisor } from "./supervisor";

let folder: string;
let supervisor: Supervisor;
const notes: string[] = [];

const shell = (name: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
  name,
  command: "/bin/sh",
  args: ["-c", script],
  env: { PATH: process.env["PATH"] ?? "" },
  cwd: folder,
  stopSignal: "SIGTERM",
  stopMs: 5_000,
  stage: 0,
  ports: [],
  ready: { kind: "none" },
  fingerprint: "",
  ...more,
});
const ask = async (request: Request, of = supervisor): Promise<ProcessReport[]> => {
  const answer = await of.handle(request);
  if (!answer.ok) throw new Error(answer.message);
  return answer.processes;
};
const report = async (name: string, of = supervisor): Promise<ProcessReport> => {
  const found = (await ask({ verb: "report" }, of)).find((process) => process.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const start = async (spec: ProcessSpec, restart: RestartPolicy = "off"): Promise<number> => {
  await ask({ verb: "start", spec, restart });
  return (await report(spec.name)).pid ?? 0;
};
const until = async (condition: () => Promise<boolean> | boolean): Promise<void> => {
  for (let left = 200; left > 0; left--) {
    if (await condition()) return;
    await sleep(25);
  }
  throw new Error("did not come true in 5 s");
};
const newSupervisor = (): Supervisor => new Supervisor(folder, (message) => notes.push(message));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alexandrite-supervisor-"));
  notes.length = 0;
  supervisor = newSupervisor();
});
afterEach(async () => {
  await supervisor.shutdown();
  rmSync(folder, { recursive: true });
});

test("a started process runs, writes to its log, and stops on SIGTERM", async () => {
  const pid = await start(shell("a", "echo hello; exec sleep 60"));
  const log = join(folder, "logs", "a.log");
  await until(() => existsSync(log) && readFileSync(log, "utf8") === "hello\n");
  expect(await report("a")).toMatchObject({ state: "running", pid, restarts: 0 });
  const [after] = await ask({ verb: "stop", name: "a" });
  expect(after).toMatchObject({ state: "stopped", lastEnd: "SIGTERM" });
  expect(startTimeOf(pid)).toBeUndefined();
});

test("starting what runs changes nothing", async () => {
  const pid = await start(shell("a", "exec sleep 60"));
  expect(await start(shell("a", "exec sleep 61"))).toBe(pid);
});

test("a process that ignores SIGTERM is killed when its grace is over", async () => {
  const pid = await start(
    shell("deaf", "trap '' TERM; echo ready; while :; do sleep 0.05; done", { stopMs: 300 }),
  );
  await until(() => readFileSync(join(folder, "logs", "deaf.log"), "utf8") === "ready\n");
  const [after] = await ask({ verb: "stop", name: "deaf" });
  expect(after).toMatchObject({ state: "stopped", lastEnd: "SIGKILL" });
  expect(startTimeOf(pid)).toBeUndefined();
  expect(notes).toContain("deaf did not stop in 300 ms and was killed");
});

test("kill takes the children of a process with it", async () => {
  await start(shell("parent", "setsid sleep 60 & echo $!; wait"));
  const log = join(folder, "logs", "parent.log");
  await until(() => /^\d+\n/.test(readFileSync(log, "utf8")));
  const child = Number(readFileSync(log, "utf8"));
  const [after] = await ask({ verb: "kill", name: "parent" });
  expect(after).toMatchObject({ state: "ended", lastEnd: "SIGKILL" });
  await until(() => startTimeOf(child) === undefined);
});

test("without a restart policy a process that ended stays down", async () => {
  await start(shell("a", "exit 3"), "off");
  await until(async () => (await report("a")).state === "ended");
  expect(await report("a")).toMatchObject({ lastEnd: "code 3", restarts: 0 });
  expect(notes).toContain("a ended (code 3)");
});

test("with a restart policy of 200 ms a killed process is back after 200 ms with another pid", async () => {
  const pid = await start(shell("a", "exec sleep 60"), 200);
  const killedAt = Date.now();
  expect(await ask({ verb: "kill", name: "a" })).toMatchObject([{ state: "starting over" }]);
  await until(async () => (await report("a")).state === "running");
  expect(Date.now() - killedAt).toBeGreaterThanOrEqual(190);
  const back = await report("a");
  expect(back.restarts).toBe(1);
  expect(back.pid).not.toBe(pid);
});

test("the policy can be changed with the kill: then it stays down", async () => {
  await start(shell("a", "exec sleep 60"), 10);
  expect(await ask({ verb: "kill", name: "a", restart: "off" })).toMatchObject([
    { state: "ended", restart: "off" },
  ]);
});

test("stopping a process that waits for its restart cancels the restart", async () => {
  await start(shell("a", "exec sleep 60"), 300);
  await ask({ verb: "kill", name: "a" });
  await ask({ verb: "stop", name: "a" });
  await sleep(500);
  expect(await report("a")).toMatchObject({ state: "stopped", restarts: 0 });
});

test("a frozen process stands still until it is resumed, and a frozen one can be stopped", async () => {
  const pid = await start(shell("a", "exec sleep 60"));
  await ask({ verb: "freeze", name: "a" });
  await until(() => isFrozen(pid));
  expect(await report("a")).toMatchObject({ state: "frozen" });
  await ask({ verb: "resume", name: "a" });
  await until(() => !isFrozen(pid));
  await ask({ verb: "freeze", name: "a" });
  expect(await ask({ verb: "stop", name: "a" })).toMatchObject([{ state: "stopped", lastEnd: "SIGTERM" }]);
});

test("a command that does not exist is told, not thrown", async () => {
  await ask({ verb: "start", spec: { ...shell("a", ""), command: "/no/such/thing" }, restart: "off" });
  await until(async () => (await report("a")).state === "ended");
  expect((await report("a")).lastEnd).toContain("ENOENT");
});

test("a name nobody knows is refused with the names there are", async () => {
  await start(shell("a", "exec sleep 60"));
  await expect(supervisor.handle({ verb: "kill", name: "b" })).rejects.toThrow(
    "There is no process b; there are: a.",
  );
});

test("shutdown stops the later stages first", async () => {
  const order = join(folder, "order");
  const script = (name: string): string =>
    `trap 'echo ${name} >> ${order}; exit' TERM; while :; do sleep 0.02; done`;
  await start(shell("first", script("first"), { stage: 0 }));
  await start(shell("second", script("second"), { stage: 1 }));
  await start(shell("third", script("third"), { stage: 2 }));
  await sleep(200);
  await supervisor.shutdown();
  expect(readFileSync(order, "utf8")).toBe("third\nsecond\nfirst\n");
});

test("a successor takes over what a dead supervisor left, sees its end, and can stop it", async () => {
  const kept = await start(shell("kept", "exec sleep 60"));
  const doomed = await start(shell("doomed", "exec sleep 60"));
  const successor = newSupervisor();
  expect(await report("kept", successor)).toMatchObject({ state: "running", pid: kept });
  expect(notes).toContain("took over 2 processes of a supervisor that died");
  process.kill(doomed, "SIGKILL");
  await until(async () => (await report("doomed", successor)).state === "ended");
  await ask({ verb: "stop", name: "kept" }, successor);
  await until(() => startTimeOf(kept) === undefined);
  await successor.shutdown();
});

test("a pid that meanwhile belongs to somebody else is neither taken over nor signalled", async () => {
  await start(shell("a", "exec sleep 60"));
  const path = join(folder, "processes.json");
  await ask({ verb: "stop", name: "a" });
  const stranger = spawn("sleep", ["60"], { stdio: "ignore" });
  try {
    const pid = stranger.pid ?? 0;
    const startTime = startTimeOf(pid) ?? 0;
    const saved = JSON.parse(readFileSync(path, "utf8")) as { processes: { identity?: object }[] };
    for (const process of saved.processes) process.identity = { pid, startTime: startTime - 1 };
    writeFileSync(path, JSON.stringify(saved));
    const successor = newSupervisor();
    expect(await report("a", successor)).toMatchObject({ state: "stopped", pid: undefined });
    await ask({ verb: "kill", name: "a" }, successor);
    await successor.shutdown();
    expect(isAlive({ pid, startTime })).toBe(true);
  } finally {
    stranger.kill("SIGKILL");
  }
});

test("what an earlier boot left is not taken over", async () => {
  const pid = await start(shell("a", "exec sleep 60"));
  const path = join(folder, "processes.json");
  const saved = JSON.parse(readFileSync(path, "utf8")) as { boot: string };
  writeFileSync(path, JSON.stringify({ ...saved, boot: "another" }));
  expect((await report("a", newSupervisor())).pid).toBeUndefined();
  expect(startTimeOf(pid)).toBeDefined();
});
