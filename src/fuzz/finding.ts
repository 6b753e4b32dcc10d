import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Something that hostile input did and must not do. */
export type Finding = {
  part: string;
  /** Which case of which seed: enough to make it again. */
  seed: number;
  n: number;
  what: string;
  /** Where its bytes are. */
  file?: string;
};

/** Keeps the bytes of a finding in `folder`. Answers with the finding, told where. */
export function keepFinding(
  folder: string,
  found: Omit<Finding, "file">,
  bytes: Buffer | string,
  ending = "bin",
): Finding {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${found.part.replaceAll(/[^\w.-]/g, "_")}-${found.seed}-${found.n}.${ending}`);
  writeFileSync(file, bytes);
  return { ...found, file };
}

/** One line that says what happened and how to see it again. */
export function storyOf({ part, seed, n, what, file }: Finding): string {
  return `${part}: ${what.slice(0, 2_000)}\n  case ${n} of SEED=${seed}${file === undefined ? "" : `, kept as ${file}`}`;
}
