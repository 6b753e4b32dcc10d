import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runInScope, withSpan } from "../telemetry";
import { createTestHost, until, type TestHost } from "../testing";
import { openProcesses, type Processes, type ProcessLimits } from ".";

let host: TestHost;
let processes: Processes;
let folder: string;

beforeEach(async () => {
  host = createTestHost("parent");
  host.clear();
  processes = await host.own(openProcesses(host, { programs: ["job"] }));
  folder = mkdtempSync(join(tmpdir(), "alexandrite-process-"));
});
afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

const shell = (script: string) => ({ name: "job", file: "/bin/sh", args: ["-c", script] });
const node = (script: string) => ({ name: "job", file: process.execPath, args: ["-e", script] });
const hang = "setInterval(() => undefined, 1000);";
async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

/** One outcome, the same in all three. */
async function expectOutcome(outcome: string, level: string, reason?: string): Promise<void> {
  const { metric } = host;
  expect(await metric("child_process_started_total", { program: "job" })).toBe(1);
  expect(await metric("child_process_handled_total", { program: "job", outcome })).toBe(1);
  expect(await metric("child_process_handled_total")).toBe(1);
  expect(await metric("child_process_duration_seconds_count", { program: "job", outcome })).toBe(1);
  expect(await metric("child_process_duration_seconds_sum")).toBeGreaterThan(0);
  expect(await metric("child_process_in_flight")).toBe(0);
  const [span, ...others] = host.spans();
  expect(others).toEqual([]);
  expect(span).toMatchObject({ name: "job", kind: 2 });
  expect(span?.attributes["error.type"]).toBe(reason);
  expect(span?.status.code).toBe(reason === undefined || outcome === "cancelled" ? 0 : 2);
  const { traceId } = span!.spanContext();
  const lines = host.logs.filter((line) => line["program"] === "job");
  expect(lines).toEqual([expect.objectContaining({ level, outcome, trace_id: traceId })]);
  expect(await host.metricsText()).toContain(`# {trace_id="${traceId}"}`);
}

type Ending = {
  title: string;
  outcome: string;
  level: string;
  program: Parameters<Processes["run"]>[0];
  limits?: ProcessLimits;
};
const endings: Ending[] = [
  { title: "an exit code", outcome: "failed", level: "error", program: shell("echo why >&2; exit 3") },
  { title: "a signal from outside", outcome: "killed", level: "warn", program: shell("kill -TERM $$") },
  {
    title: "no such program",
    outcome: "not_started",
    level: "error",
    program: { name: "job", file: "/no/such/program" },
  },
  {
    title: "an argument that cannot be",
    outcome: "not_started",
    level: "error",
    program: { ...shell(""), args: ["\0"] },
  },
  {
    title: "no progress",
    outcome: "stalled",
    level: "warn",
    program: shell("echo begun; sleep 60"),
    limits: { stallMs: 300 },
  },
  {
    title: "too long a time, however well it moves",
    outcome: "too_slow",
    level: "warn",
    program: shell("while true; do echo moving; sleep 0.05; done"),
    limits: { stallMs: 5_000, totalMs: 400 },
  },
  {
    title: "too much memory, its children's included",
    outcome: "too_much_memory",
    level: "warn",
    program: shell(`"${process.execPath}" -e 'const b = Buffer.alloc(2e8, 1); ${hang} b.length'; true`),
    limits: { memoryMb: 150 },
  },
  { title: "too much output", outcome: "too_much_output", level: "warn", program: shell("yes") },
];

test.each(endings)("$title: the error, metric, span and log say $outcome", async (ending) => {
  const { outcome, level, program, limits } = ending;
  const reason = `PROGRAM_${outcome.toUpperCase()}`;
  const running = processes.run(program, { ...(limits && { limits }) });
  await expect(running).rejects.toMatchObject({ name: "AppError", reason });
  await expectOutcome(outcome, level, reason);
});

test("a program that ends well gives its output; its pid and exit code are on the span", async () => {
  const { stdout, end } = await processes.run(node("console.log(6 * 7)"));
  expect(stdout.toString()).toBe("42\n");
  expect(end).toMatchObject({ code: "ok", exitCode: 0, signal: undefined, stderr: "" });
  await expectOutcome("ok", "info");
  expect(host.spans()[0]?.attributes).toMatchObject({
    "process.executable.name": "job",
    "process.executable.path": process.execPath,
    "process.pid": expect.any(Number),
    "process.exit.code": 0,
  });
});

test("the series of every outcome exist before the first process", async () => {
  const text = await host.metricsText();
  for (const outcome of ["ok", "failed", "killed", "not_started", "stalled", "cancelled"])
    expect(text).toContain(`child_process_handled_total{program="job",outcome="${outcome}"} 0`);
});

test("the line of a failure has what the program said last", async () => {
  await expect(processes.run(shell("echo the disk is full >&2; exit 1"))).rejects.toThrow("code 1");
  expect(host.logs.at(-1)).toMatchObject({ stderr: "the disk is full\n", exit_code: 1 });
});

test("a process gets the trace and nothing else of this process's environment", async () => {
  process.env["SECRET"] = "hunter2";
  const { stdout } = await withSpan("caller", {}, () =>
    processes.run(node("console.log(JSON.stringify(process.env))")),
  );
  delete process.env["SECRET"];
  const [span, caller] = host.spans();
  expect(span?.parentSpanContext?.spanId).toBe(caller?.spanContext().spanId);
  const { traceId, spanId } = span!.spanContext();
  expect(JSON.parse(stdout.toString())).toEqual({
    PATH: process.env["PATH"],
    TRACEPARENT: `00-${traceId}-${spanId}-01`,
  });
});

test("input is streamed in, and a program that hangs up before its end has that right", async () => {
  const whole = await processes.run(shell("cat"), { input: pieces("one ", "two") });
  expect(whole.stdout.toString()).toBe("one two");
  async function* endless() {
    for (;;) yield Buffer.alloc(65_536);
  }
  const some = await processes.run(shell("head -c 10 | wc -c"), { input: endless() });
  expect(Number(some.stdout.toString())).toBe(10);
});

test("an input that fails ends the process, and its own error is what the caller gets", async () => {
  const broken = Object.assign(new Error("the store is gone"), { code: "ECONNRESET" });
  async function* half() {
    yield Buffer.from("half");
    throw broken;
  }
  await expect(processes.run(shell("cat >/dev/null; sleep 60"), { input: half() })).rejects.toBe(broken);
  await expectOutcome("cancelled", "info", "PROGRAM_CANCELLED");
});

test("an aborted signal, of the call or of the scope, kills the process", async () => {
  const early = processes.run(shell("sleep 60"), { signal: AbortSignal.abort() });
  await expect(early).rejects.toMatchObject({ category: "cancelled" });
  const abort = new AbortController();
  const late = runInScope({ signal: abort.signal, fields: {} }, () => processes.run(shell("sleep 60")));
  setTimeout(() => abort.abort(), 50);
  await expect(late).rejects.toMatchObject({ category: "cancelled" });
  expect(await host.metric("child_process_handled_total", { outcome: "cancelled" })).toBe(2);
  expect(await host.metric("child_process_in_flight")).toBe(0);
});

test("the scope's deadline bounds a process", async () => {
  const startedAt = Date.now();
  const late = runInScope({ deadlineAt: Date.now() + 200, fields: {} }, () =>
    processes.run(shell("sleep 60")),
  );
  await expect(late).rejects.toMatchObject({ reason: "PROGRAM_TOO_SLOW", category: "deadline_exceeded" });
  expect(Date.now() - startedAt).toBeLessThan(5_000);
});

test("closing kills the whole tree, waits for its end, and refuses what comes after", async () => {
  const pidFile = join(folder, "pid");
  const running = processes.run(
    shell(`sleep 61 & echo $! > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; wait`),
  );
  const refused = expect(running).rejects.toMatchObject({ reason: "PROGRAM_CANCELLED" });
  await until(() => pidIn(pidFile) !== undefined);
  await processes.close();
  await refused;
  await until(() => !runs(pidIn(pidFile)!));
  expect(() => processes.fork(shell("true"))).toThrow("the service is stopping");
  expect(await host.metric("child_process_in_flight")).toBe(0);
});

test("what a program leaves behind is killed with its end, and does not hold it up", async () => {
  const { stdout } = await processes.run(shell("sleep 62 & echo $!"));
  await until(() => !runs(Number(stdout.toString())));
});

test("CPU time is that of the tree as last seen", async () => {
  const burn = "for (const until = Date.now() + 900; Date.now() < until;);";
  const { end } = await processes.run(shell(`"${process.execPath}" -e '${burn}'; true`));
  expect(end.cpuSeconds).toBeGreaterThan(0.2);
  expect(end.cpuSeconds).toBeLessThan(3);
  expect(await host.metric("child_process_cpu_seconds_total", { program: "job" })).toBe(end.cpuSeconds);
});

describe("a forked process", () => {
  const forked = (script: string, limits: ProcessLimits = {}) => {
    const file = join(folder, "child.js");
    writeFileSync(file, script);
    return processes.fork({ name: "job", file, nice: 5 }, { limits });
  };

  it("answers by message, and is ok once its caller has finished with it", async () => {
    const child = forked(`process.on("message", (m) => process.send({ twice: m.n * 2 })); ${hang}`);
    const answer = new Promise((resolve) => child.onMessage(resolve));
    child.send({ n: 21 });
    expect(await answer).toEqual({ twice: 42 });
    child.tellCpuSeconds(1.5);
    child.finish();
    expect(await child.ended).toMatchObject({ code: "ok", signal: "SIGKILL", cpuSeconds: 1.5 });
    await expectOutcome("ok", "info");
    child.stop();
    child.send({ n: 1 });
    expect(await host.metric("child_process_handled_total")).toBe(1);
  });

  it("lives as long as it sends messages", async () => {
    const child = forked(`setInterval(() => process.send("alive"), 50)`, { stallMs: 1_500 });
    await sleep(2_500);
    expect(await host.metric("child_process_in_flight")).toBe(1);
    child.stop();
    expect((await child.ended).code).toBe("cancelled");
  });

  it("that throws has failed, with the reason on its line", async () => {
    const { code, stderr, exitCode } = await forked(`throw new Error("the model is cursed")`).ended;
    expect({ code, exitCode }).toEqual({ code: "failed", exitCode: 1 });
    expect(stderr).toContain("the model is cursed");
    await expectOutcome("failed", "error", "PROGRAM_FAILED");
  });
});

function pidIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** A zombie has ended: whoever inherited it may be slow to collect it. */
function runs(pid: number): boolean {
  try {
    return /^State:\s+[^ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
