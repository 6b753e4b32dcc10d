import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** perf attaches within milliseconds; nothing tells when it has. */
const attachMs = 50;

/** Whether this machine has a counter of instructions and lets us read it; many virtual machines have none. The sentence says why not. */
export function instructionCounter(): { available: boolean; sentence: string } {
  const tried = spawnSync("perf", ["stat", "-x,", "-e", "instructions", "true"], { encoding: "utf8" });
  if (tried.error) return { available: false, sentence: "not counted: there is no perf on this machine" };
  return parseInstructions(tried.stderr) === undefined
    ? { available: false, sentence: "not counted: the machine has no such counter, or does not show it" }
    : { available: true, sentence: "counted by perf stat" };
}

/** Counts the instructions that a process executes during `work`, all its threads. Undefined when perf did not say. */
export async function countInstructions<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ result: T; instructions: number | undefined }> {
  const perf = spawn("perf", ["stat", "-x,", "-e", "instructions", "-p", String(pid)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  perf.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = once(perf, "close");
  await sleep(attachMs);
  try {
    const result = await work();
    perf.kill("SIGINT");
    await ended;
    return { result, instructions: parseInstructions(said) };
  } finally {
    perf.kill("SIGKILL");
  }
}

/** The count in perf's comma-separated line; undefined for `<not supported>` and `<not counted>`. Source: perf-stat(1), CSV FORMAT. */
export function parseInstructions(csv: string): number | undefined {
  const line = csv.split("\n").find((each) => each.includes(",instructions"));
  const count = Number(line?.split(",")[0]);
  return line === undefined || Number.isNaN(count) ? undefined : count;
}
