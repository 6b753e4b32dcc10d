import fc from "fast-check";
import { allRules, type Rules } from "./testing/rules";
import { walk, type Walk } from "./testing/world";

const walks: fc.Arbitrary<Walk> = fc.record({
  start: fc.array(fc.nat(2), { maxLength: 9 }),
  sweep: fc.boolean(),
  steps: fc.array(fc.tuple(fc.nat(5_039), fc.nat(5)), { maxLength: 60, size: "max" }),
});

/** The fault of the first walk that goes wrong in this way when single rules do not hold. */
function faultWithout(
  rules: Partial<Rules>,
  kind: RegExp,
  { sweep, numRuns }: { sweep: boolean; numRuns: number },
): string | undefined {
  const faultOf = (way: Walk) => walk({ ...allRules, ...rules }, { ...way, sweep }).fault;
  const property = fc.property(walks, (way) => !kind.test(faultOf(way) ?? ""));
  const { counterexample } = fc.check(property, { numRuns, seed: 2, endOnFailure: true });
  return counterexample ? faultOf(counterexample[0]) : undefined;
}

test("no walk forks an order, moves it illegally, gives it two holders, leaves a hole or lets the services end apart", () => {
  fc.assert(
    fc.property(walks, (way) => {
      const { fault, happened } = walk(allRules, way);
      if (fault !== undefined) throw new Error(`${fault} after: ${happened.join("; ")}`);
    }),
    { numRuns: 3_000 },
  );
});

test.each<[string, Partial<Rules>, RegExp]>([
  ["version guard", { versionGuard: false }, /^history/],
  ["very next version only", { nextOnly: false }, /^history/],
  ["database before offset", { databaseFirst: false }, /^no convergence/],
  ["gap that is parked", { park: "forgotten" }, /^no convergence/],
  ["park that is stored", { park: "in memory" }, /^no convergence/],
  ["outbox row in the move's transaction", { outboxInMove: false }, /^no convergence/],
  ["publishing after the commit", { publishAfterCommit: false }, /^fork/],
  ["marking after publishing", { markAfterPublish: false }, /^no convergence/],
  ["holder check", { holderCheck: false }, /^fork/],
  ["row lock", { rowLock: false }, /^fork/],
  ["expected version", { expectedVersion: false }, /^stray command/],
  ["effect in the apply's transaction", { effectInApply: false }, /^refunds/],
])("without the %s a walk goes wrong", (_, rules, kind) => {
  expect(faultWithout(rules, kind, { sweep: false, numRuns: 40_000 })).toMatch(kind);
});

test.each<[string, Partial<Rules>]>([
  ["an offset that is committed first", { databaseFirst: false }],
  ["an outbox row in a second transaction", { outboxInMove: false }],
])("the sweep hides %s", (_, rules) => {
  expect(faultWithout(rules, /./, { sweep: true, numRuns: 1_000 })).toBeUndefined();
});
