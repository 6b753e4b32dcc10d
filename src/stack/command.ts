import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { PlainError } from "./plain-error";

/** Runs a command to its end and returns what it printed; a failure is an Error with the last lines of its output. */
export function run(
  command: string,
  args: string[],
  options: {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    onLine?: (line: string) => void;
    uid?: number;
    gid?: number;
  } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      uid: options.uid,
      gid: options.gid,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const take = (chunk: Buffer): void => {
      const text = chunk.toString("utf8");
      output += text;
      const line = text.trim().split("\n").at(-1)?.trim();
      if (line) options.onLine?.(line);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(output);
      const tail = output.trim().split("\n").slice(-12).join("\n");
      reject(new Error(`${command} ${args[0] ?? ""} ended with ${signal ?? `code ${code}`}:\n${tail}`));
    });
  });
}

/** The path of an executable on PATH, or nothing. */
export function findCommand(name: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // the next folder
    }
  }
  return undefined;
}

/** Throws one sentence when an executable is missing. */
export function needCommand(name: string, purpose: string, install: string): void {
  if (findCommand(name) === undefined) {
    throw new PlainError(
      `${name} is missing, and it is needed to ${purpose}: install it (${install}) and run the command again.`,
    );
  }
}
