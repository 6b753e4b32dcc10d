import { runBacklog } from "./backlog";
import { runPoison } from "./poison";

test("with the broker down moves go on, and all of them are published in order when it is back", async () => {
  const report = await runBacklog({ seconds: 3, rate: 20, leastTimes: 0 });
  expect(report).toMatchObject({ lost: 0, foreign: 0, disordered: 0, misplaced: 0, unmarked: 0 });
  expect(report.failed_moves).toBe(0);
  expect(report.backlog).toBeGreaterThan(0);
}, 300_000);

test("poison messages are set aside with their reason, and after the fix all orders are level", async () => {
  const report = await runPoison({ rounds: 1, seconds: 4, rate: 50 });
  expect(report.poison).toBeGreaterThan(0);
  expect(report).toMatchObject({ reasons: { ILLEGAL: report.poison }, apart: 0 });
}, 300_000);
