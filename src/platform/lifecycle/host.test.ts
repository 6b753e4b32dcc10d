import { createTestHost, type TestHost } from "../testing";

let host: TestHost;
beforeEach(() => (host = createTestHost()));
afterEach(() => host.close());

test("loops stop first, then resources close in reverse order of opening", async () => {
  const order: string[] = [];
  const resource = (name: string) => ({ close: async () => void order.push(name) });
  await host.own(resource("database"));
  await host.own(Promise.resolve(resource("server")));
  let running = false;
  host.every("poll", 5, async (signal) => {
    running = true;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    order.push("loop");
  });
  await until(() => running);
  await host.close();
  expect(order).toEqual(["loop", "server", "database"]);
  expect(host.stopping.aborted).toBe(true);
});

test("what is owned after the stop began is closed at once", async () => {
  await host.close();
  let closed = false;
  await expect(host.own({ close: async () => void (closed = true) })).rejects.toMatchObject({
    reason: "STOPPING",
  });
  expect(closed).toBe(true);
});

test("a resource that fails to close does not keep the others open", async () => {
  let closed = false;
  await host.own({ close: async () => void (closed = true) });
  await host.own({ name: "broken", close: () => Promise.reject(new Error("stuck")) });
  await expect(host.close()).rejects.toThrow("broken");
  expect(closed).toBe(true);
  host = createTestHost();
});

test("a failing loop is logged, counted, slowed down, and goes on", async () => {
  const runs: number[] = [];
  host.every(
    "flaky",
    10,
    async () => {
      runs.push(performance.now());
      if (runs.length <= 3) throw new Error("down");
    },
    { jitter: 0 },
  );
  await until(() => runs.length >= 5);
  expect((runs[3] ?? 0) - (runs[2] ?? 0)).toBeGreaterThan(70);
  expect(host.logs.filter((line) => line.msg === "background loop failed")).toHaveLength(3);
  expect(host.logs.some((line) => line.msg === "background loop works again")).toBe(true);
  expect(await host.metric("background_loop_runs_total", { loop: "flaky", outcome: "error" })).toBe(3);
  expect(await host.metric("background_loop_runs_total", { outcome: "ok" })).toBeGreaterThanOrEqual(1);
});

test("a woken loop runs at once, also when it is woken during a run", async () => {
  let runs = 0;
  const loop = host.every("slow", 60_000, async () => {
    if (++runs === 1) loop.wake();
  });
  await until(() => runs === 2);
  loop.wake();
  await until(() => runs === 3);
  await loop.close();
  loop.wake();
  expect(runs).toBe(3);
});

test("readiness reports each check and gives a silent one two seconds", async () => {
  host.readiness("database", async () => undefined);
  host.readiness("kafka", () => Promise.reject(new Error("no broker")));
  host.readiness("silent", () => new Promise(() => undefined));
  const report = await host.ready();
  expect(report).toMatchObject({
    ready: false,
    checks: {
      database: { ok: true },
      kafka: { ok: false, error: "no broker" },
      silent: { ok: false, error: "no answer within 2000 ms" },
    },
  });
  expect(await host.metric("service_ready", { check: "kafka" })).toBe(0);
  expect(await host.metric("service_ready", { check: "database" })).toBe(1);
});

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !condition();) {
    if (Date.now() > end) throw new Error("The condition did not come true within 5 s.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
