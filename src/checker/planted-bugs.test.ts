import { plantedBugs } from "../platform/config";
import { invariants } from ".";
import { type Outcome, runScenario, scenarios } from "./testing/planted";

/** `PLANTED=all`, as `make planted-bugs` says, or names; a few quick ones by default. */
const wanted = process.env["PLANTED"] ?? "no-version-guard,relay-by-cursor,no-fence";
const chosen = scenarios.filter(({ bug }) => wanted === "all" || wanted.split(",").includes(bug));
const outcomes: Outcome[] = [];

afterAll(() => {
  if (process.env["PLANTED"] === undefined) return;
  const lines = outcomes.map(
    ({ bug, foundBy, broken, seconds, said }) =>
      `${bug.padEnd(27)} ${(broken.includes(foundBy) ? foundBy : "NOT FOUND").padEnd(24)} ${seconds.toFixed(1).padStart(6)} s  ${said}`,
  );
  const found = outcomes.filter(({ broken, foundBy }) => broken.includes(foundBy)).length;
  const clean = outcomes.filter(({ brokenWithout }) => brokenWithout.length === 0).length;
  process.stdout.write(
    `\n${lines.join("\n")}\n${JSON.stringify({ planted: chosen.length, found, clean_without: clean })}\n`,
  );
});

test("every planted bug has a scenario, and an invariant that has to find it", () => {
  expect(scenarios.map(({ bug }) => bug).sort()).toEqual(Object.keys(plantedBugs).sort());
  const names = invariants.map(({ name }) => name);
  expect(scenarios.filter(({ foundBy }) => !names.includes(foundBy))).toEqual([]);
});

test.each(chosen.map((scenario) => [scenario.bug, scenario.foundBy, scenario] as const))(
  "%s is found by %s, and nothing breaks without it",
  async (_bug, foundBy, scenario) => {
    const outcome = await runScenario(scenario);
    outcomes.push(outcome);
    expect(outcome.broken).toContain(foundBy);
    expect(outcome.brokenWithout).toEqual([]);
  },
  180_000,
);
