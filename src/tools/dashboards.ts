import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  alertsWithoutDashboard,
  buildDashboard,
  dashboards,
  dashboardsDocument,
  problemsOfDashboards,
} from "../observability/dashboards";

const folder = "grafana/dashboards";

/** All that is generated, by path. */
function files(): Map<string, string> {
  const json = dashboards.map(
    (dashboard) =>
      [
        join(folder, `${dashboard.uid}.json`),
        `${JSON.stringify(buildDashboard(dashboard), null, 2)}\n`,
      ] as const,
  );
  return new Map([...json, ["docs/dashboards.md", dashboardsDocument(dashboards)]]);
}

/** Files in the folder that no dashboard generates. */
function surplus(wanted: ReadonlyMap<string, string>): string[] {
  const there = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return there.filter((path) => !wanted.has(path));
}

function stale(wanted: ReadonlyMap<string, string>): string[] {
  const differing = [...wanted].filter(
    ([path, text]) => !existsSync(path) || readFileSync(path, "utf8") !== text,
  );
  return [...differing.map(([path]) => path), ...surplus(wanted)];
}

function write(wanted: ReadonlyMap<string, string>): void {
  for (const path of surplus(wanted)) rmSync(path);
  for (const [path, text] of wanted) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** `dashboards.js` writes grafana/dashboards and docs/dashboards.md; `dashboards.js --check` fails when they are not fresh. Both fail when a panel is wrong. */
function main(): void {
  const uids = dashboards.map(({ uid }) => uid);
  const problems = problemsOfDashboards(dashboards);
  const wanted = files();
  if (process.argv.includes("--check")) {
    problems.push(...alertsWithoutDashboard("prometheus/alerts", uids));
    problems.push(
      ...stale(wanted).map((path) => `${path} is not what the code generates. Run: make dashboards`),
    );
  } else if (problems.length === 0) write(wanted);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

main();
