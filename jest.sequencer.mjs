import { relative } from "node:path";
import Sequencer from "@jest/test-sequencer";

/** Suites that run whole systems, with about how many seconds they take. A new clone has no times of earlier runs to go by. */
const long = {
  "src/e2e/system.test.ts": 300,
  "src/e2e/instances.test.ts": 200,
  "src/chaos/chaos.test.ts": 120,
  "src/e2e/observability.test.ts": 120,
  "src/fuzz/system.test.ts": 150,
  "src/bench/events/events.test.ts": 120,
  "src/bench/soak/soak.test.ts": 90,
  "src/e2e/bench-overhead.test.ts": 60,
};
const shortSeconds = 7;

/** Starts the long suites first, one after another, each with as many short ones behind it as the other worker runs meanwhile: two systems at a time starve each other. */
export default class LongOneByOne extends Sequencer {
  sort(tests) {
    const secondsOf = ({ path, context }) => long[relative(context.config.rootDir, path)] ?? 0;
    const byTime = [...tests].sort((a, b) => secondsOf(b) - secondsOf(a) || (a.path < b.path ? -1 : 1));
    const longOnes = byTime.filter((test) => secondsOf(test) > 0);
    const shortOnes = byTime.filter((test) => secondsOf(test) === 0);
    const sorted = longOnes.flatMap((test) => [
      test,
      ...shortOnes.splice(0, Math.round(secondsOf(test) / shortSeconds)),
    ]);
    return [...sorted, ...shortOnes];
  }
}
