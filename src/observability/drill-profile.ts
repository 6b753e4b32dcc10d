import { parseDocument, type Document, isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { durationsOf } from "./promql";

/** What a duration of the rules is: how long an alert waits, how long it goes on, how far an expression looks back, how old something may be, how often one looks. */
export type DurationKind = "for" | "keep" | "window" | "bound" | "scrape";

const scales: Readonly<Record<DurationKind, { by: number; least: number }>> = {
  for: { by: 15, least: 3 },
  // As long as a process that has just started may be too busy to answer.
  keep: { by: 10, least: 3 },
  // Two scrapes and one for a scrape that is late: `rate` needs two samples.
  window: { by: 30, least: 10 },
  // Short enough for a drill, longer than what a process that is killed and started again needs.
  bound: { by: 60, least: 5 },
  scrape: { by: 2.5, least: 2 },
};

/** A recording rule of this name is a bound in seconds that alerts compare ages with: its numbers are durations too. */
const boundName = /:bound_seconds$/;
const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** What a duration of the rules is in the drill profile, in seconds; 0 stays 0, and nothing becomes longer. */
export function drillSeconds(seconds: number, kind: DurationKind): number {
  const { by, least } = scales[kind];
  return Math.min(seconds, Math.max(Math.round(seconds / by), least));
}

/**
 * A file of rules or alerts with the durations of the drill profile, in which a fault is told of within seconds: `for`, `keep_firing_for`, a group's
 * `interval`, ranges, steps and offsets within expressions, and the numbers of rules called `*:bound_seconds`. Nothing else changes.
 */
export function toDrillProfile(text: string): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) throw document.errors[0] as Error;
  for (const group of mapsIn(document, "groups")) {
    rewrite(group, "interval", (value) => scaled(value, "scrape"));
    for (const rule of mapsIn(group, "rules")) {
      rewrite(rule, "for", (value) => scaled(value, "for"));
      rewrite(rule, "keep_firing_for", (value) => scaled(value, "keep"));
      const bound = boundName.test(String(rule.get("record") ?? ""));
      rewrite(rule, "expr", (expr) => (bound ? scaledNumbers(expr) : scaledWindows(expr)));
    }
  }
  return document.toString({ lineWidth: 0 });
}

/** Seconds of a duration as Prometheus writes it (`1h30m`); throws for what is none. */
export function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+)([smhdw])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== duration)
    throw new Error(`${duration} is not a duration of whole seconds.`);
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
}

function scaled(duration: string, kind: DurationKind): string {
  const seconds = drillSeconds(secondsOf(duration), kind);
  return seconds > 0 && seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

function scaledWindows(expr: string): string {
  let at = 0;
  let out = "";
  for (const { from, to } of durationsOf(expr)) {
    out += expr.slice(at, from) + scaled(expr.slice(from, to), "window");
    at = to;
  }
  return out + expr.slice(at);
}

function scaledNumbers(expr: string): string {
  return expr.replace(/\b\d+\b/g, (number) => String(drillSeconds(Number(number), "bound")));
}

function mapsIn(parent: Document | YAMLMap, key: string): YAMLMap[] {
  const list = parent.get(key);
  return isSeq(list) ? list.items.filter((item): item is YAMLMap => isMap(item)) : [];
}

function rewrite(map: YAMLMap, key: string, change: (value: string) => string): void {
  const node = map.get(key, true);
  if (!isScalar(node)) return;
  const before = String(node.value);
  const after = change(before);
  if (after !== before) node.value = typeof node.value === "number" ? Number(after) : after;
}
