import { committedOf, regressions } from "./compare";
import { MethodTally } from "./method-tally";
import type { LoadReport } from "./run-load";

const ratio = (value: number, low = value) => ({ ratio: value, low, high: value, min: value, max: value });
const none = { calls: 0, refused: 0, failed: 0 };
const report = (methods: LoadReport["methods"], capacity_to_echo = 0.1): LoadReport => ({
  rounds: 6,
  capacity_per_s: 100,
  echo_per_s: 1_000,
  capacity_to_echo,
  steady_per_s: 40,
  spike_per_s: 150,
  steady: none,
  spike: none,
  methods,
  faults: {},
});
const committed = { capacity_to_echo: 0.1, methods: { "shop.getOrder": 4 } };

test("a run is no slower than itself", () => {
  const run = report({ "shop.getOrder": ratio(4) });
  expect(regressions(run, committedOf(run), 1.5)).toEqual([]);
});

test("a method is slower when its whole interval is, and a capacity when it is below its share", () => {
  expect(regressions(report({ "shop.getOrder": ratio(8, 5.9) }), committed, 1.5)).toEqual([]);
  expect(regressions(report({ "shop.getOrder": ratio(8, 6.1) }), committed, 1.5)).toEqual([
    "shop.getOrder takes 8 times the echo (at least 6.1), it was 4",
  ]);
  expect(regressions(report({ "shop.getOrder": ratio(4) }, 0.05), committed, 1.5)).toEqual([
    "capacity is 0.05 of the echo's, it was 0.1",
  ]);
});

test("a method without committed results, and one that never answered, are told", () => {
  expect(regressions(report({ "shop.newOne": ratio(1) }), committed, 1.5)).toEqual([
    "shop.newOne is not among the committed results: make load SAVE=1",
  ]);
  expect(regressions(report({ "shop.getOrder": ratio(Infinity) }), committed, 1.5)).toHaveLength(1);
});

test("calls are counted by method: refused, failed, and how long the others took", async () => {
  const tally = new MethodTally();
  const refusal = Object.assign(new Error("enough"), { category: "resource_exhausted" });
  await tally.count("a.b", async () => "well");
  await tally.count("a.b", () => Promise.reject(refusal));
  await tally.count("a.c", () => Promise.reject(new Error("broken")));
  const { p50: _p50, p95: _p95, ...counts } = tally.figures().get("a.b")!;
  expect(counts).toEqual({ calls: 2, refused: 1, failed: 0 });
  expect(tally.figures().get("a.c")).toMatchObject({ failed: 1, p50: NaN });
  expect([...tally.faults.keys()]).toEqual(["a.b resource_exhausted: enough", "a.c error: broken"]);
});
