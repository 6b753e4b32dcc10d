import { resolve } from "node:path";
import { runOverload } from "./overload";

/** The compiled processes. */
const folder = resolve(__dirname, "../../../dist/bench/overload");

test("at ten times what a server can do it goes on answering, refuses the rest, and operators the least", async () => {
  const report = await runOverload({ costUs: 4_000, seconds: 2, rounds: 1, folder });
  expect(report.lost).toBe(0);
  // How much of its peak is for the benchmark to say: other suites take of the CPU too.
  expect(report.goodput_share).toBeGreaterThan(0.1);
  expect(report.refused).toBeGreaterThan(0);
  const ofOperators = report.operators_refused / report.refused;
  expect(ofOperators).toBeLessThan(report.operators_sent_share / 2);
}, 180_000);
