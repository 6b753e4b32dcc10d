import { join } from "node:path";
import { knownMetrics } from "../catalogue-check";
import { checkRules, runbookProblems } from "./check-rules";
import { readRules } from "./index";

const root = join(__dirname, "../../..");
const chapter = (name: string): string =>
  `### ${name}\n**Means**: a.\n**Confirm**: b.\n**Do**: c.\n**Ends**: d.\n\n`;

test("every rule reads what the catalogue has, and every alert has its labels, annotations, chapter, tests and dashboard", () => {
  expect(checkRules(root)).toEqual([]);
});

test("a metric that is renamed in code is missed by the rules that read it", () => {
  const known = knownMetrics();
  known.delete("outbox_pending");
  expect(checkRules(root, known)).toEqual([
    "database:outbox_pending:max in rules/outbox.yml: no metric is called outbox_pending",
  ]);
});

test("a label that is renamed in code is missed likewise", () => {
  const known = knownMetrics();
  known.set("pricing_jobs", { type: "gauge", labels: ["phase"] });
  expect(checkRules(root, known)).toContain(
    "PricingNoWorkers in alerts/pricing.yml: pricing_jobs has no label state",
  );
});

test("an alert without a chapter, a chapter without an alert and a chapter without an answer are told", () => {
  const runbook = `# Runbook\n\n## Part\n\n${chapter("Known")}${chapter("Forgotten")}`;
  expect(runbookProblems(runbook, ["Known", "Fresh"])).toEqual([
    "docs/runbook.md has no chapter Fresh",
    "docs/runbook.md has a chapter Forgotten, and no alert is called so",
  ]);
  expect(runbookProblems(chapter("Known").replace("**Do**: c.\n", ""), ["Known"])).toEqual([
    "The chapter Known of docs/runbook.md has no **Do**",
  ]);
});

test("no two alerts have one name", () => {
  const names = readRules(join(root, "prometheus")).flatMap(({ alert }) => alert ?? []);
  expect(names.length).toBeGreaterThan(45);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});
