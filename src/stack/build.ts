import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command";
import { fingerprint } from "./fingerprint";
import { PlainError } from "./plain-error";

/** What is compiled from; a change of any of it makes the build stale. */
const inputs = ["src", "docs/runbook.md", "package-lock.json", "tsconfig.json", "tsconfig.build.json"];

/** Compiles `src` to `dist` and lays the web pages beside it, unless that is up to date. */
export async function build(root: string): Promise<"built" | "up to date"> {
  const stamp = join(root, "dist", ".built");
  const files = inputs.flatMap((input) => filesUnder(join(root, input)));
  const state = fingerprint(files.map((file) => `${file} ${statSync(file).mtimeMs}`));
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === state) return "up to date";
  try {
    await run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
      cwd: root,
    });
    await run(process.execPath, ["src/tools/copy-assets.mjs"], { cwd: root });
  } catch (error) {
    throw new PlainError(`The build failed. ${(error as Error).message}`);
  }
  writeFileSync(stamp, state);
  return "built";
}

function filesUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
