import { stringify } from "yaml";
import { type Objective, objectives, windowDays } from "./objectives";

/** Windows that error ratios are recorded over. */
const windows = ["5m", "30m", "1h", "6h"] as const;
type Window = (typeof windows)[number];

/**
 * How fast an error budget burns before somebody is told, as in Google's SRE workbook, chapter 5: 14.4 times as fast as it may over an hour is 2 % of
 * the budget of 30 days, 6 times over six hours 5 %. The short window lets the alert end soon after the fault.
 */
const burns = [
  { alert: "SloBurnRateFast", severity: "critical", times: 14.4, long: "1h", short: "5m", wait: "1m" },
  { alert: "SloBurnRateSlow", severity: "warning", times: 6, long: "6h", short: "30m", wait: "5m" },
] as const;

const head =
  "# Made from src/observability/slo/objectives.ts by `make rules`; `make check` fails when it is not fresh.\n";

type Rule = {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};

/**
 * The text of `prometheus/rules/slo.yml`: of each objective the rates of all and of bad events over five minutes, the error ratios over longer windows
 * made of these (and not of raw histograms: six hours of them are millions of samples), the objective itself, and what is left of its budget.
 */
export function renderSloRules(of: readonly Objective[] = objectives): string {
  const budget = `sum_over_time(slo:errors:rate5m[${windowDays}d]) / sum_over_time(slo:events:rate5m[${windowDays}d])`;
  return file([
    { name: "slo-rules", interval: "10s", rules: of.flatMap(recorded) },
    {
      name: "slo-ratios",
      interval: "10s",
      rules: windows.map((window) => ({
        record: ratio(window),
        expr: `sum_over_time(slo:errors:rate5m[${window}]) / sum_over_time(slo:events:rate5m[${window}])`,
      })),
    },
    {
      name: "slo-budgets",
      interval: "5m",
      rules: [
        {
          record: "slo:error_budget_left:ratio",
          expr: `1 - (${budget}) / on (slo, service) (1 - slo:objective:ratio)`,
        },
      ],
    },
  ]);
}

/** The text of `prometheus/alerts/slo.yml`. An objective with too few events for a ratio to mean something is silent. */
export function renderSloAlerts(of: readonly Objective[] = objectives): string {
  const rules = burns.flatMap(({ alert, severity, times, long, short, wait }) => ({
    alert,
    expr: [
      `${ratio(long)} / on (slo, service) (1 - slo:objective:ratio) > ${times}`,
      `and ${ratio(short)} / on (slo, service) (1 - slo:objective:ratio) > ${times}`,
      `and avg_over_time(slo:events:rate5m[${long}]) > on (slo, service) slo:events_least:rate`,
    ].join("\n"),
    for: wait,
    labels: { severity, subject: "slo" },
    annotations: {
      summary: "{{ $labels.slo }} burns its error budget {{ $value | humanize }} times too fast",
      description: promises(of),
      runbook_url: `docs/runbook.md#${alert.toLowerCase()}`,
      dashboard: "/d/slo",
    },
  }));
  return file([{ name: "slo", rules }]);
}

function recorded({ name, service, objective, leastPerSecond, events }: Objective): Rule[] {
  const labels = { slo: name, service };
  const rate = (counter: string): string => `sum(rate(${counter}[5m]))`;
  const bad =
    "bad" in events ? `${rate(events.bad)} or vector(0)` : `${rate(events.all)} - ${rate(events.good)}`;
  return [
    { record: "slo:events:rate5m", expr: rate(events.all), labels },
    { record: "slo:errors:rate5m", expr: bad, labels },
    { record: "slo:objective:ratio", expr: `vector(${objective})`, labels },
    { record: "slo:events_least:rate", expr: `vector(${leastPerSecond})`, labels },
  ];
}

/** What is promised, chosen by the label: an alert speaks of its own objective. */
function promises(of: readonly Objective[]): string {
  const cases = of.map(({ name, promise }) => `if eq $labels.slo "${name}" }}${promise}{{ `);
  return `Promised: {{ ${cases.join("else ")}end }} More events than that are bad, in the short window as well as in the long one.`;
}

function ratio(window: Window): string {
  return `slo:error_ratio:rate${window}`;
}

function file(groups: { name: string; interval?: string; rules: Rule[] }[]): string {
  const tidy = groups.map((group) => ({
    ...group,
    rules: group.rules.map(({ labels, annotations, ...rule }) => ({
      ...rule,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    })),
  }));
  return head + stringify({ groups: tidy }, { lineWidth: 0, aliasDuplicateObjects: false });
}
