import { objectives, windowDays } from "../slo";
import { dashboard, lines, row, table, text } from "./panels";

/** How many times as fast as it may an error budget burns, over a window. */
const burnRate = (window: "1h" | "5m" | "6h" | "30m") =>
  `slo:error_ratio:rate${window} / on (slo, service) (1 - slo:objective:ratio)`;

const promises = objectives.map(
  ({ name, promise, objective }) => `| ${name} | ${promise} | ${+(objective * 100).toFixed(3)} % |`,
);

export const slo = dashboard(
  "slo",
  "SLOs and budgets",
  "Are the promises kept, how much of each error budget is left, and how fast does it burn?",
  [
    row("Now", [
      table("Error budget left", "percentunit", `Of ${windowDays} days; below zero the promise is broken.`, {
        "": "sort(slo:error_budget_left:ratio)",
      }),
      table(
        "Burn rates over an hour",
        "short",
        "At 1 the budget lasts exactly as long as it has to; from 14.4 on somebody is woken.",
        { "": `sort_desc(${burnRate("1h")})` },
        { bounds: [6, 14.4] },
      ),
    ]),
    row("Budgets", [
      lines(
        "Budget over time",
        "percentunit",
        "What is left of each error budget.",
        { "{{slo}}": "slo:error_budget_left:ratio" },
        { width: 12, max: 1 },
      ),
      lines(
        "Events",
        "ops",
        "What each promise is about, good and bad; with very few events a ratio says nothing.",
        { "{{slo}}": "slo:events:rate5m" },
        { width: 12 },
      ),
      lines(
        "Fast burn",
        "short",
        "Over an hour; an alert when both this and the last five minutes are above 14.4.",
        { "{{slo}}": burnRate("1h") },
        { width: 12, bounds: [14.4] },
      ),
      lines(
        "Slow burn",
        "short",
        "Over six hours; an alert when both this and the last 30 minutes are above 6.",
        { "{{slo}}": burnRate("6h") },
        { width: 12, bounds: [6] },
      ),
    ]),
    row("Errors", [
      lines(
        "Error ratio over five minutes",
        "percentunit",
        "Share of events that were not as promised.",
        {
          "{{slo}}": "slo:error_ratio:rate5m",
        },
        { width: 12 },
      ),
      lines(
        "Error ratio over 30 minutes",
        "percentunit",
        "Share of events that were not as promised.",
        {
          "{{slo}}": "slo:error_ratio:rate30m",
        },
        { width: 12 },
      ),
    ]),
    row("Promises", [
      text(
        "What is promised",
        `Made from the file that holds all objectives; over ${windowDays} days.`,
        ["| SLO | Promise | Objective |", "| --- | --- | --- |", ...promises].join("\n"),
        14,
      ),
    ]),
  ],
);
