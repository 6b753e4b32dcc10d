import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { drillSeconds, secondsOf, toDrillProfile } from "./drill-profile";
import { durationsOf } from "./promql";

const folder = join(__dirname, "../../prometheus");
const files = ["rules", "alerts"].flatMap((kind) =>
  readdirSync(join(folder, kind)).map((file) => join(kind, file)),
);

type Rule = { record?: string; alert?: string; expr: string; for?: string; keep_firing_for?: string };
type RuleFile = { groups: { name: string; interval?: string; rules: Rule[] }[] };

/** A file in which every duration reads `DURATION`, and those durations. */
function withoutDurations(text: string): { rest: unknown; durations: string[] } {
  const durations: string[] = [];
  const hide = (found: string): string => {
    durations.push(found);
    return "DURATION";
  };
  const file = parse(text) as RuleFile;
  for (const group of file.groups) {
    if (group.interval) group.interval = hide(group.interval);
    for (const rule of group.rules) {
      if (rule.for) rule.for = hide(rule.for);
      if (rule.keep_firing_for) rule.keep_firing_for = hide(rule.keep_firing_for);
      if (rule.record?.endsWith(":bound_seconds"))
        rule.expr = rule.expr.replace(/\d+/g, (n) => hide(`${n}s`));
      else
        for (const { from, to } of durationsOf(rule.expr).reverse())
          rule.expr = rule.expr.slice(0, from) + hide(rule.expr.slice(from, to)) + rule.expr.slice(to);
    }
  }
  return { rest: file, durations };
}

test.each(files)("%s differs from its drill profile in durations only, none of them longer", (file) => {
  const text = readFileSync(join(folder, file), "utf8");
  const normal = withoutDurations(text);
  const drill = withoutDurations(toDrillProfile(text));
  expect(drill.rest).toEqual(normal.rest);
  expect(drill.durations).toHaveLength(normal.durations.length);
  normal.durations.forEach((duration, at) => {
    expect(secondsOf(drill.durations[at] ?? "")).toBeLessThanOrEqual(secondsOf(duration));
  });
});

test("in the drill profile no alert waits for longer than a minute, and none that waited fires at once", () => {
  const rules = files.flatMap((file) =>
    (parse(toDrillProfile(readFileSync(join(folder, file), "utf8"))) as RuleFile).groups.flatMap(
      (group) => group.rules,
    ),
  );
  const waits = rules.flatMap((rule) => (rule.for ? [secondsOf(rule.for)] : []));
  expect(Math.max(...waits)).toBeLessThanOrEqual(60);
  expect(Math.min(...waits)).toBeGreaterThan(0);
});

test("ranges, waits and bounds become short, numbers that are compared stay", () => {
  const text = `groups:
  - name: example
    interval: 5m
    rules:
      # Kept as it is.
      - record: example:bound_seconds
        expr: vector(3600)
        labels: { status: PAID }
      - alert: Example
        expr: |
          rate(example_total[5m] offset 1h) > 60
          and example_seconds > scalar(example:bound_seconds)
        for: 1m
`;
  expect(toDrillProfile(text)).toBe(
    text
      .replace("interval: 5m", "interval: 2m")
      .replace("3600", "60")
      .replace("[5m] offset 1h", "[10s] offset 2m")
      .replace("for: 1m", "for: 4s"),
  );
});

test("nothing becomes longer, and nothing shorter than what it needs", () => {
  expect(drillSeconds(0, "for")).toBe(0);
  expect(drillSeconds(2, "for")).toBe(2);
  expect(drillSeconds(15, "for")).toBe(3);
  expect(drillSeconds(120, "keep")).toBe(12);
  expect(drillSeconds(60, "bound")).toBe(5);
  expect(drillSeconds(86_400, "bound")).toBe(1_440);
});
