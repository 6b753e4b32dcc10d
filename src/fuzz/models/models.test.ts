import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fuzzedFormats, judgeModel, makeModelCase, runModels } from ".";
import type { ModelFormat } from "../../services/pricing/geometry";

const seed = 20_261_121;
/** Of each format; four of them. */
const casesInCi = 5_000;

let keepIn: string;
beforeAll(() => (keepIn = mkdtempSync(join(tmpdir(), "alexandrite-fuzz-test-"))));
afterAll(() => rmSync(keepIn, { recursive: true, force: true }));

test.each(fuzzedFormats)(
  "%s: every fuzzed model ends with figures or a documented refusal, in time and within its memory",
  async (fuzzed) => {
    const { cases, told, findings } = await runModels(fuzzed, { seed, from: 0, to: casesInCi, keepIn });
    expect(findings).toEqual([]);
    expect(cases).toBe(casesInCi);
    // What is refused at the door only would say nothing of what is behind it.
    expect(told["PRICED"]).toBeGreaterThan(casesInCi / 50);
    expect(Object.keys(told).length).toBeGreaterThan(5);
  },
  600_000,
);

test("a case is the same whenever it is made, and another for another number or seed", () => {
  const made = (n: number, of = seed) => makeModelCase("3mf", of, n).bytes.toString("hex");
  expect(made(17)).toBe(made(17));
  expect(new Set([made(17), made(18), made(17, 1)]).size).toBe(3);
});

describe("a process", () => {
  const program = join(__dirname, "testing/deviant.mjs");
  const run = (deviance: number) => runModels("stl", { seed: deviance, from: 0, to: 6, keepIn, program });

  test.each([
    [1, "that dies", /the process died \(SIGABRT\)/],
    [2, "that takes memory without end", /MB of memory/],
    [3, "that comes to no end", /no end after/],
  ])(
    "%s %s is found, with the case that did it, and the cases after it are still looked at",
    async (deviance, _what, story) => {
      const { cases, findings, told } = await run(deviance);
      expect(findings).toEqual([expect.objectContaining({ n: 3, what: expect.stringMatching(story) })]);
      expect(readFileSync(findings[0]!.file!)).toEqual(makeModelCase("stl", deviance, 3).bytes);
      expect([cases, told["PRICED"]]).toEqual([6, 2]);
    },
    120_000,
  );
});

describe("found before", () => {
  const folder = join(__dirname, "../cases/models");
  /** How each ends since it was mended. */
  const ends: Readonly<Record<string, string>> = {
    "control-characters-in-transform.3mf": "MALFORMED",
    "control-characters-in-unit.3mf": "MALFORMED",
    "extent-not-finite-in-mm.stl": "NOT_FINITE",
    "id-of-300-kilobytes.3mf": "MALFORMED",
    "many-objects-of-the-same-bytes.3mf": "TOO_COMPLEX",
    "many-parts-of-the-same-bytes.3mf": "ARCHIVE_TOO_LARGE",
    "volume-not-finite-in-mm.stl": "NOT_FINITE",
  };

  test("every kept case is known", () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(ends));
  });

  test.each(Object.entries(ends))("%s: %s", async (file, told) => {
    const bytes = readFileSync(join(folder, file));
    const format = extname(file).slice(1) as ModelFormat;
    expect(await judgeModel({ bytes, format, unit: "meter", chunk: 65_536 })).toEqual({ told });
  });
});
