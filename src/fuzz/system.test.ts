import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
