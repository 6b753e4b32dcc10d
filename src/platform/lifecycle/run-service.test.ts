import { createServer as createHttp } from "node:http";
import { createServer as createTcp, type AddressInfo, type Server } from "node:net";
import { compilePlatform, runFixture, type Compiled, type FixtureRun } from "../testing";

let compiled: Compiled;
let run: FixtureRun;
const servers: Server[] = [];

beforeAll(async () => {
  compiled = await compilePlatform();
});
afterAll(() => compiled.remove());
afterEach(async () => {
  run.child.kill("SIGKILL");
  await run.exited;
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

test("SIGTERM closes what is owned in reverse and ends with 0", async () => {
  run = runFixture(compiled, {});
  await run.line("fixture is running");
  run.child.kill("SIGTERM");
  expect(await run.exited).toBe(0);
  const texts = run.lines.map(({ msg }) => msg);
  expect(texts.slice(texts.indexOf("fixture is stopping"))).toEqual([
    "fixture is stopping",
    "stopping was aborted",
    "closed server",
    "closed database",
    "fixture stopped",
  ]);
  expect(run.noise).toEqual([]);
});

test("SIGINT during the start stops as well", async () => {
  run = runFixture(compiled, { MODE: "starting" });
  await run.line("working");
  const ready = await run.admin("/readyz");
  expect(await ready.json()).toMatchObject({
    ready: false,
    checks: { lifecycle: { ok: false, error: "starting" } },
  });
  run.child.kill("SIGINT");
  expect(await run.exited).toBe(0);
});

test("a second signal ends at once", async () => {
  run = runFixture(compiled, { MODE: "stuck" });
  await run.line("fixture is running");
  run.child.kill("SIGTERM");
  await run.line("fixture is stopping");
  expect((await run.admin("/readyz")).status).toBe(503);
  expect((await run.admin("/livez")).status).toBe(200);
  run.child.kill("SIGTERM");
  expect(await run.exited).toBe(1);
  expect(run.lines.at(-1)?.msg).toBe("second signal, ending at once");
});

test("a failed start is one fatal line with the chain, closes what was open, and ends with 1", async () => {
  run = runFixture(compiled, { MODE: "start-error" });
  expect(await run.exited).toBe(1);
  const fatal = run.lines.filter(({ level }) => level === "fatal");
  expect(fatal).toHaveLength(1);
  expect(fatal[0]?.msg).toBe(
    "fixture cannot start: DATABASE_URL: no server at 127.0.0.1:1; start it with make run-all: ECONNREFUSED",
  );
  expect(run.lines.map(({ msg }) => msg)).toContain("closed database");
});

test("a task whose work is done closes what it owns and ends with 0 by itself", async () => {
  run = runFixture(compiled, { RUN_AS: "task" });
  expect(await run.exited).toBe(0);
  const texts = run.lines.map(({ msg }) => msg);
  expect(texts.slice(texts.indexOf("fixture is done"))).toEqual([
    "fixture is done",
    "stopping was aborted",
    "closed server",
    "closed database",
    "fixture stopped",
  ]);
});

test("a task that fails is one fatal line and ends with 1", async () => {
  run = runFixture(compiled, { RUN_AS: "task", MODE: "start-error" });
  expect(await run.exited).toBe(1);
  expect(run.lines.at(-1)).toMatchObject({
    level: "fatal",
    msg: expect.stringContaining("fixture failed: DATABASE_URL"),
  });
});

test.each([
  ["uncaught", "uncaught exception: boom: fuse"],
  ["unhandled", "unhandled rejection: nobody caught me"],
])("an %s error is fatal and ends with 1", async (mode, text) => {
  run = runFixture(compiled, { MODE: mode });
  expect(await run.exited).toBe(1);
  expect(run.lines.at(-1)).toMatchObject({ level: "fatal", msg: text });
  expect(run.noise).toEqual([]);
});

test("all configuration faults come at once, those of the platform too", async () => {
  run = runFixture(compiled, { LINES: "many", LOG_LEVEL: "loud", ADMIN_PORT: "x" });
  expect(await run.exited).toBe(1);
  const [line] = run.lines;
  expect(line).toMatchObject({ level: "fatal", service: "fixture" });
  for (const name of ["LINES", "LOG_LEVEL", "ADMIN_PORT"]) expect(line?.msg).toContain(`${name}: must be`);
  expect(line?.msg).toContain("3 configuration faults");
});

test("the admin port serves metrics, checks and the log level", async () => {
  run = runFixture(compiled, { MODE: "no-broker" });
  await run.line("fixture is running");
  const metrics = await run.admin("/metrics");
  expect(metrics.headers.get("content-type")).toContain("application/openmetrics-text");
  const text = await metrics.text();
  expect(text).toMatch(
    /service_info{service="fixture",service_instance="fixture-[^"]+",version="[^"]+",node_version="v\d+/,
  );
  for (const name of [
    "process_cpu_seconds_total",
    "nodejs_eventloop_lag_p99_seconds",
    "gelf_lines_dropped_total",
    "otel_spans_dropped_total",
  ]) {
    expect(text).toContain(name);
  }
  expect(text).toMatch(/log_lines_total{level="info"} [1-9]/);
  expect(text.endsWith("# EOF\n")).toBe(true);

  const ready = await run.admin("/readyz");
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({
    checks: { broker: { ok: false, error: "no broker reachable" }, lifecycle: { ok: true } },
  });

  expect(run.lines.some(({ msg }) => msg === "tick")).toBe(false);
  expect(await (await run.admin("/log-level")).json()).toEqual({ level: "info" });
  const changed = await run.admin("/log-level", { method: "PUT", body: '{"level":"debug"}' });
  expect(await changed.json()).toEqual({ level: "debug" });
  await run.line("tick");
  expect((await run.admin("/nothing")).status).toBe(404);
});

test("the log level reaches loggers that were made before, and a level that is none is refused with those that are", async () => {
  run = runFixture(compiled, {});
  await run.line("fixture is running");
  const put = (body: string) => run.admin("/log-level", { method: "PUT", body });
  const allowed = ["trace", "debug", "info", "warn", "error", "fatal"];
  for (const [body, error] of [
    ['{"level":"loud"}', '"loud" is no log level: send {"level":"debug"}, or another of trace, debug'],
    ['{"level":30}', "30 is no log level"],
    ['{"level":"silent"}', '"silent" is no log level'],
    ["{}", "The body has no level"],
    ["null", "The body has no level"],
    ["debug", "The body is not JSON"],
    ["x".repeat(100_000), "The body is not JSON"],
  ] as const) {
    const refused = await put(body);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toEqual({ error: expect.stringContaining(error), allowed });
  }
  expect(await (await run.admin("/log-level")).json()).toEqual({ level: "info" });
  expect(run.lines.some(({ msg }) => msg === "child tick")).toBe(false);
  await put('{"level":"debug"}');
  expect((await run.line("child tick"))["part"]).toBe("child");
  await put('{"level":"error"}');
  const quietFrom = run.lines.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(run.lines.slice(quietFrom + 2).filter(({ level }) => level === "debug")).toEqual([]);
});

test("traces reach the collector with the process's name, and the last ones are flushed at the stop", async () => {
  const bodies: string[] = [];
  const port = await listen(
    createHttp((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        bodies.push(body);
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    }),
  );
  run = runFixture(compiled, {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    INSTANCE: "fixture-7",
  });
  const { trace_id: traceId } = await run.line("working");
  await run.line("fixture is running");
  run.child.kill("SIGTERM");
  expect(await run.exited).toBe(0);
  type Attributes = { key: string; value: { stringValue?: string } }[];
  const { resourceSpans } = JSON.parse(bodies[0] ?? "{}") as {
    resourceSpans: {
      resource: { attributes: Attributes };
      scopeSpans: { spans: { name: string; traceId: string; attributes: Attributes }[] }[];
    }[];
  };
  const texts = (of: Attributes) => Object.fromEntries(of.map(({ key, value }) => [key, value.stringValue]));
  expect(texts(resourceSpans[0]?.resource.attributes ?? [])).toMatchObject({
    "service.name": "fixture",
    "service.instance.id": "fixture-7",
  });
  const spans = resourceSpans[0]?.scopeSpans.flatMap((each) => each.spans) ?? [];
  expect(spans.map(({ name }) => name).sort()).toEqual(["inner", "work"]);
  for (const span of spans) {
    expect(span.traceId).toBe(traceId);
    expect(texts(span.attributes)["order.id"]).toBe("o1");
  }
});

test("protobuf is the default, and a missing collector only costs counted spans", async () => {
  run = runFixture(compiled, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" });
  await run.line("fixture is running");
  run.child.kill("SIGTERM");
  expect(await run.exited).toBe(0);
});

test("log lines reach a GELF server through the worker, the last one too", async () => {
  let received = "";
  const port = await listen(createTcp((socket) => socket.on("data", (chunk) => (received += String(chunk)))));
  run = runFixture(compiled, { GELF_ADDRESS: `127.0.0.1:${port}`, LINES: "2000" });
  await run.line("fixture is running");
  const text = await (await run.admin("/metrics")).text();
  expect(text).toContain('gelf_lines_dropped_total{reason="buffer_full"} 0');
  run.child.kill("SIGTERM");
  expect(await run.exited).toBe(0);
  const messages = received
    .split("\0")
    .filter(Boolean)
    .map((frame) => JSON.parse(frame) as Record<string, unknown>);
  expect(messages.length).toBe(run.lines.length);
  expect(messages.at(-1)).toMatchObject({ short_message: "fixture stopped", _service: "fixture", level: 6 });
  expect(messages.find((message) => message["short_message"] === "working")).toMatchObject({
    _order_id: "o1",
    _ok: "true",
  });
  expect(messages.filter((message) => String(message["short_message"]).startsWith("line "))).toHaveLength(
    2_000,
  );
});

test("without a GELF server the service runs and stops as ever", async () => {
  run = runFixture(compiled, { GELF_ADDRESS: "127.0.0.1:1", LINES: "100" });
  await run.line("fixture is running");
  run.child.kill("SIGTERM");
  expect(await run.exited).toBe(0);
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
