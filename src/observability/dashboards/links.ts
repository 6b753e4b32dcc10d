import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

type AlertFile = {
  groups: { rules: { alert?: string; annotations?: Record<string, string> }[] }[];
};

/** The alerts in a folder whose annotation `dashboard` is not `/d/<uid>` of one of these dashboards. */
export function alertsWithoutDashboard(folder: string, uids: readonly string[]): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".yml"));
  return files.flatMap((file) => {
    const { groups } = parse(readFileSync(join(folder, file), "utf8")) as AlertFile;
    const alerts = groups.flatMap(({ rules }) => rules.filter(({ alert }) => alert !== undefined));
    return alerts.flatMap(({ alert, annotations }) => {
      const uid = /^\/d\/([a-z0-9-]+)/.exec(annotations?.["dashboard"] ?? "")?.[1] ?? "";
      return uids.includes(uid)
        ? []
        : [`${file}: ${alert} links to no dashboard of these: ${uids.join(", ")}`];
    });
  });
}
