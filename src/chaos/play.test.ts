import { Undo } from "../tools/drills/undo";
import type { Act, Acts, Site } from "./faults";
import { playFaults } from "./play";
import { createSchedule, faultKinds } from "./schedule";
import { Tally } from "./tally";

const site = { afterwards: new Undo(() => undefined) } as unknown as Omit<Site, "say">;
const actsOf = (act: Act): Acts => Object.fromEntries(faultKinds.map((kind) => [kind, act])) as Acts;
const fault = { kind: "kill", target: "shop", atMs: 5, forMs: 5, dose: 0 } as const;

test("a fault is made at its time, lasts, and is taken back", async () => {
  const done: string[] = [];
  const act: Act = async ({ say }, { target }, undo) => {
    undo.add("bring it back", async () => done.push(`back ${target}`));
    done.push(`made ${target}`);
    say("done");
  };
  const faults = [fault, { ...fault, target: "crm", atMs: 60 }];
  const runs = await playFaults({ number: 3, faults }, actsOf(act), site);
  expect(done).toEqual(["made shop", "back shop", "made crm", "back crm"]);
  expect(runs.map(({ cycle, said, failed }) => [cycle, said, failed])).toEqual([
    [3, ["done"], undefined],
    [3, ["done"], undefined],
  ]);
  expect(runs[1]!.beganAt).toBeGreaterThanOrEqual(runs[0]!.endedAt);
});

test("what was begun of a fault that cannot be made is taken back, and it does not count", async () => {
  const done: string[] = [];
  const act: Act = async (_site, _fault, undo) => {
    undo.add("bring it back", async () => done.push("back"));
    throw new Error("no such process");
  };
  const runs = await playFaults({ number: 1, faults: [fault] }, actsOf(act), site);
  expect(done).toEqual(["back"]);
  expect(runs[0]).toMatchObject({ failed: "no such process" });
  const tally = new Tally();
  tally.add(runs, 4);
  expect(tally.report(1)).toMatchObject({ cycles: 1, recovery_s: { p50: 4, max: 4 } });
  expect(tally.report(1).faults.kill).toBe(0);
});

test("the report counts faults by kind, every kind of a long run among them", () => {
  const tally = new Tally();
  for (const { number, faults } of createSchedule(3, 30)) {
    const runs = faults.map((each) => ({ ...each, cycle: number, beganAt: 0, endedAt: 0, said: [] }));
    tally.add(runs, number);
  }
  const { faults, recovery_s } = tally.report(3);
  expect(Math.min(...Object.values(faults))).toBeGreaterThan(0);
  expect(recovery_s).toEqual({ p50: 15.5, max: 30 });
});
