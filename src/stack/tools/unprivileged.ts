import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { findCommand } from "../command";
import { PlainError } from "../plain-error";

/** How to run a command that refuses to run as root: as which user, and behind which wrapper. */
export type Unprivileged = {
  user?: { uid: number; gid: number };
  wrap: (command: string, args: string[]) => [string, string[]];
};

const nobody = 65534;

/**
 * PostgreSQL refuses to run as root. For root this is `nobody`, a user that every machine has. Where `nobody` cannot
 * reach the given paths (a checkout under /root), `setpriv` changes the user and leaves it the one capability to pass.
 */
export function unprivileged(paths: string[]): Unprivileged {
  const direct = (command: string, args: string[]): [string, string[]] => [command, args];
  if (process.getuid?.() !== 0) return { wrap: direct };
  const blocked = paths.map(blockedAt).find((folder) => folder !== undefined);
  if (blocked === undefined) return { user: { uid: nobody, gid: nobody }, wrap: direct };
  if (findCommand("setpriv") === undefined) {
    throw new PlainError(
      `PostgreSQL does not run as root, and no other user may enter ${blocked}: move the checkout, or chmod o+x ${blocked}.`,
    );
  }
  const flags = [
    `--reuid=${nobody}`,
    `--regid=${nobody}`,
    "--clear-groups",
    // Without this access(2), by which initdb looks for its files, ignores capabilities.
    "--securebits=+no_setuid_fixup",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
  ];
  return { wrap: (command, args) => ["setpriv", [...flags, "--", command, ...args]] };
}

/** The first folder on the way to `path` that others may not enter. */
function blockedAt(path: string): string | undefined {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0 && statSync(folder).uid !== nobody)
      return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
