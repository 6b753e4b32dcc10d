import { join } from "node:path";
import { runRelayKills } from "./relay-kills";

const program = join(__dirname, "../../../dist/bench/events/relay-child.js");

test("relays that are killed between produce and mark lose nothing and disorder nothing", async () => {
  const { breaches, kills, duplicates } = await runRelayKills({
    kills: 12,
    lanes: 1,
    leastShare: 0.3,
    program,
  });
  expect(breaches).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(12);
  // What was acknowledged and not marked was sent again.
  expect(duplicates).toBeGreaterThan(0);
}, 300_000);
