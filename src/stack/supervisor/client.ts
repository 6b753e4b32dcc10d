import { spawn } from "node:child_process";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { takeLock } from "../lock";
import { PlainError } from "../plain-error";
import { socketPath, type Answer, type ProcessReport, type Request } from "./protocol";

export type SupervisorState = { pid: number; adopted: number; processes: ProcessReport[] };

/** Asks the supervisor of a state folder; nothing when none runs. A refusal is a PlainError. */
export async function ask(stateFolder: string, request: Request): Promise<SupervisorState | undefined> {
  let text: string;
  try {
    text = await exchange(socketPath(stateFolder), `${JSON.stringify(request)}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ECONNREFUSED") return undefined;
    throw error;
  }
  if (text === "") throw new PlainError("The supervisor went away before it answered: run make status.");
  const answer = JSON.parse(text) as Answer;
  if (!answer.ok) throw new PlainError(answer.message);
  return answer;
}

/** Starts a supervisor unless one runs. `adopted` tells how many processes it took over from one that died. */
export async function ensureSupervisor(stateFolder: string): Promise<SupervisorState> {
  const running = await ask(stateFolder, { verb: "report" });
  if (running) return { ...running, adopted: 0 };
  mkdirSync(join(stateFolder, "logs"), { recursive: true });
  const release = await takeLock(join(stateFolder, "start.lock"));
  try {
    return (await ask(stateFolder, { verb: "report" })) ?? (await start(stateFolder));
  } finally {
    await release();
  }
}

async function start(stateFolder: string): Promise<SupervisorState> {
  // PostgreSQL's user passes through to its own folder and sees nothing else.
  chmodSync(stateFolder, 0o711);
  const output = openSync(join(stateFolder, "logs", "supervisor.log"), "a");
  const flags = ["--max-old-space-size=64", "--max-semi-space-size=1"];
  const main = join(__dirname, "main.js");
  const child = spawn(process.execPath, [...flags, main, stateFolder], {
    detached: true,
    cwd: "/",
    // It outlives this command, and has no use for a bot's token.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("TELEGRAM_"))),
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  child.unref();
  for (let left = 100; left > 0; left--) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const state = await ask(stateFolder, { verb: "report" });
    if (state) return state;
  }
  throw new PlainError(
    `The supervisor did not start; its last words are in ${join(stateFolder, "logs", "supervisor.log")}.`,
  );
}

/** True when a supervisor died here and left processes running or not: its successor has something to look at. */
export function hasRemains(stateFolder: string): boolean {
  const path = join(stateFolder, "processes.json");
  if (!existsSync(path)) return false;
  const { processes } = JSON.parse(readFileSync(path, "utf8")) as { processes: { identity?: unknown }[] };
  return processes.some((process) => process.identity !== undefined);
}

function exchange(path: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(path, () => socket.write(line));
    socket.setEncoding("utf8");
    socket.on("data", (chunk) => (text += String(chunk)));
    socket.once("end", () => resolve(text));
    socket.once("error", reject);
  });
}
