import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runLoad } from "../bench/load/run-load";
import { deliver } from "../bench/roll/orders";
import { signInPeople } from "../bench/roll/people";
import { fuzzCalls, fuzzedMethods } from "./calls";
import { fuzzFloods } from "./floods";
import { fuzzHttp } from "./http";
import { fuzzKafka } from "./kafka";
import type { Budget } from "./part";
import { openTarget, type Target } from "./target";
import { fuzzTokens } from "./tokens";

/** One system for all: starting it is most of the cost. Floods come last. */
let target: Target;
let keepIn: string;
const budget = (cases: number): Budget => ({
  seed: 20_261_121,
  cases,
  until: Infinity,
  keepIn,
  say: () => undefined,
});

beforeAll(async () => {
  keepIn = mkdtempSync(join(tmpdir(), "alexandrite-fuzz-test-"));
  target = await openTarget();
}, 600_000);

afterAll(async () => {
  await target?.close();
  rmSync(keepIn, { recursive: true, force: true });
}, 120_000);

test("a short load of all roles, steady and in a spike, ends without a failed call, and every method has a ratio to the echo", async () => {
  const { host, settings } = target;
  const people = await signInPeople(host, settings);
  const orderIds = [await deliver(people, settings.root, 0)];
  const rates = { rounds: 2, steadyMs: 6_000, spikeMs: 1_000, capacity: { perSecond: 40 } };
  const report = await runLoad({ host, settings, people, orderIds }, rates);
  // Beside other suites callers are starved, and may be refused.
  const isRefusal = (fault: string): boolean =>
    / (resource_exhausted|unavailable|deadline_exceeded): /.test(fault);
  expect(Object.keys(report.faults).filter((fault) => !isRefusal(fault))).toEqual([]);
  expect(report.steady.calls).toBeGreaterThan(100);
  expect(Object.values(report.methods).every(({ ratio }) => ratio > 0)).toBe(true);
}, 300_000);

test("every method of the descriptors is fuzzed, at every door", () => {
  expect(fuzzedMethods().length).toBeGreaterThan(40);
});

test.each([
  ["calls", fuzzCalls, 3_000],
  ["http", fuzzHttp, 2_000],
  ["tokens", fuzzTokens, 300],
  ["kafka", fuzzKafka, 400],
  ["floods", fuzzFloods, 1],
] as const)(
  "%s: nothing that is thrown at the system makes it fail, and others are served",
  async (part, fuzz, cases) => {
    const report = (await fuzz(budget(cases), target))[part]!;
    expect(report.findings).toEqual([]);
    expect(report.cases).toBeGreaterThanOrEqual(cases);
  },
  600_000,
);
