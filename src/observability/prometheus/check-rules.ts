import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type KnownMetric, knownMetrics, problemsOf } from "../catalogue-check";
import { readRules, type RuleOfFile } from "./alerts";

const severities = ["critical", "warning", "info"];
/** What a chapter of the runbook answers, as its headings in bold. */
const questions = ["Means", "Confirm", "Do", "Ends"];

type Expected = { exp_labels?: Record<string, string>; exp_annotations?: Record<string, string> };
type TestFile = {
  tests: {
    alert_rule_test?: { alertname: string; exp_alerts?: Expected[] }[];
  }[];
};

/**
 * What is wrong with the rules of a checkout, one sentence each: an expression that reads what nothing writes, a label or an annotation that is missing,
 * an alert without a chapter in the runbook or without a test on both sides of the time it waits, and a chapter about no alert.
 */
export function checkRules(root: string, known: ReadonlyMap<string, KnownMetric> = knownMetrics()): string[] {
  const rules = readRules(join(root, "prometheus"));
  const alerts = rules.filter(({ alert }) => alert !== undefined);
  return [
    ...rules.flatMap((rule) =>
      problemsOf(rule.expr, known).map((problem) => `${nameOf(rule)} in ${rule.file}: ${problem}`),
    ),
    ...alerts.flatMap((alert) =>
      completeness(alert).map((what) => `${nameOf(alert)} in ${alert.file} ${what}`),
    ),
    ...runbookProblems(readFileSync(join(root, "docs/runbook.md"), "utf8"), alerts.map(nameOf)),
    ...alerts.flatMap((alert) => testProblems(root, alert)),
    ...dashboardProblems(root, alerts),
  ];
}

/** Alerts without a chapter, chapters without an alert, and chapters that leave a question open. */
export function runbookProblems(runbook: string, alerts: readonly string[]): string[] {
  const chapters = new Map(
    runbook
      .split(/^### /m)
      .slice(1)
      .map((text) => [text.split("\n", 1)[0]?.trim() ?? "", text.split(/^## /m, 1)[0] ?? ""]),
  );
  return [
    ...alerts.filter((name) => !chapters.has(name)).map((name) => `docs/runbook.md has no chapter ${name}`),
    ...[...chapters].flatMap(([name, text]) => {
      if (!alerts.includes(name)) return [`docs/runbook.md has a chapter ${name}, and no alert is called so`];
      return questions
        .filter((question) => !text.includes(`**${question}**`))
        .map((question) => `The chapter ${name} of docs/runbook.md has no **${question}**`);
    }),
  ];
}

function nameOf({ alert, record }: RuleOfFile): string {
  return alert ?? record ?? "";
}

function completeness({ alert = "", labels, annotations, subject }: RuleOfFile): string[] {
  const expected: Record<string, string> = { runbook_url: `docs/runbook.md#${alert.toLowerCase()}` };
  const wanted = ["summary", "description", "runbook_url", "dashboard"];
  return [
    ...(severities.includes(labels["severity"] ?? "") ? [] : ["has no severity"]),
    ...(labels["subject"] === subject ? [] : [`needs the label subject: ${subject}`]),
    ...wanted.filter((name) => !annotations[name]).map((name) => `has no ${name}`),
    ...Object.entries(expected)
      .filter(([name, value]) => annotations[name] !== value)
      .map(([name, value]) => `needs ${name}: ${value}`),
  ];
}

function testProblems(root: string, { alert = "", subject }: RuleOfFile): string[] {
  const path = join(root, "prometheus/tests", `${subject}.yml`);
  if (!existsSync(path)) return [`prometheus/tests/${subject}.yml is missing`];
  const { tests } = parse(readFileSync(path, "utf8")) as TestFile;
  const its = tests
    .flatMap((test) => test.alert_rule_test ?? [])
    .filter(({ alertname }) => alertname === alert);
  const fired = its.flatMap(({ exp_alerts = [] }) => exp_alerts);
  const unowned = fired.some(({ exp_labels = {} }) => !exp_labels["service"]);
  // The Watchdog has no time before it fires.
  const waits = alert === "Watchdog" || its.some(({ exp_alerts = [] }) => exp_alerts.length === 0);
  if (unowned) return [`${alert} fires without the label service, says ${path}`];
  return fired.length > 0 && waits
    ? []
    : [`${alert} needs a test just before it fires and one just after, in ${path}`];
}

function dashboardProblems(root: string, alerts: readonly RuleOfFile[]): string[] {
  const uids = readdirSync(join(root, "grafana/dashboards")).map(
    (file) => `/d/${file.replace(/\.json$/, "")}`,
  );
  return alerts
    .filter(({ annotations }) => !uids.includes(annotations["dashboard"] ?? ""))
    .map(
      ({ alert, annotations }) =>
        `${alert} leads to the dashboard ${annotations["dashboard"]}, which is not there`,
    );
}
