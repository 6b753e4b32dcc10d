import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** A rule of `prometheus/rules` or `prometheus/alerts`, and the file that it stands in. */
export type RuleOfFile = {
  /** `alerts/orders.yml` */
  file: string;
  /** The file's name without its ending. */
  subject: string;
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
};

type RuleFile = {
  groups: { name: string; rules: (Omit<RuleOfFile, "file" | "subject"> & Partial<RuleOfFile>)[] }[];
};

/** All rules below a folder that has `rules` and `alerts` (the checkout's `prometheus`), file by file. */
export function readRules(folder: string): RuleOfFile[] {
  return ["rules", "alerts"].flatMap((kind) =>
    readdirSync(join(folder, kind))
      .filter((name) => name.endsWith(".yml"))
      .flatMap((name) => {
        const { groups } = parse(readFileSync(join(folder, kind, name), "utf8")) as RuleFile;
        return groups.flatMap(({ rules }) =>
          rules.map((rule) => ({
            ...rule,
            labels: rule.labels ?? {},
            annotations: rule.annotations ?? {},
            file: `${kind}/${name}`,
            subject: name.replace(/\.yml$/, ""),
          })),
        );
      }),
  );
}
