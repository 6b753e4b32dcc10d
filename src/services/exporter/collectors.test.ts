import { createTestHost, type TestHost } from "../../platform/testing";
import { type Collector, runCollectors } from "./collectors";

let host: TestHost;
beforeEach(() => {
  host = createTestHost("exporter");
});
afterEach(() => host.close());

const up = (collector: string) => host.metric("exporter_collector_up", { collector });

test("what hangs holds up neither the others nor the scrape, and is told when it has come", async () => {
  let come: () => void = () => undefined;
  const slow: Collector = { name: "slow", look: () => new Promise<void>((resolve) => (come = resolve)) };
  runCollectors(host, [slow, { name: "quick", look: async () => undefined }], { waitMs: 50 });
  expect(await up("quick")).toBe(1);
  expect(await up("slow")).toBe(0);
  come();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await up("slow")).toBe(1);
});

test("scrapes in between get the last look's figures", async () => {
  let looks = 0;
  const look = async () => void (looks += 1);
  runCollectors(host, [{ name: "counted", everyMs: 60_000, look }]);
  for (let n = 0; n < 5; n++) await host.metricsText();
  await Promise.all([host.metricsText(), host.metricsText()]);
  expect(looks).toBe(1);
});

test("a failure is logged once, forgets what may no longer be so, and ends with a line", async () => {
  let down = true;
  let forgotten = 0;
  const look = async () => {
    if (down) throw new Error("nobody there");
  };
  runCollectors(host, [{ name: "shaky", everyMs: 0, look, forget: () => void (forgotten += 1) }]);
  expect(await up("shaky")).toBe(0);
  expect(await up("shaky")).toBe(0);
  down = false;
  expect(await up("shaky")).toBe(1);
  expect(forgotten).toBe(2);
  expect(host.logs.map(({ level, msg, reason }) => ({ level, msg, reason }))).toEqual([
    { level: "warn", msg: "a collector fails", reason: expect.stringContaining("nobody there") },
    { level: "info", msg: "a collector works again", reason: undefined },
  ]);
});
