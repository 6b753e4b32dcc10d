import { spawn } from "node:child_process";

/** What a process used from its start to its end, as the kernel counts it (wait4). */
export type Usage = { cpuSeconds: number; peakMiB: number; stdout: string };

/**
 * Node tells a parent nothing about the resources of one child, so this small one in between does. It is spawned, not
 * forked: a fork's peak would begin with the memory of its parent.
 */
const WAIT4 = `
import json, os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
code = os.waitstatus_to_exitcode(status)
os.write(3, json.dumps([code, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]).encode())
`;

/** Runs a command to its end. Rejects where it fails. */
export async function runChild(command: readonly string[]): Promise<Usage> {
  const child = spawn("python3", ["-c", WAIT4, ...command], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const [stdout, stderr, told] = await Promise.all([1, 2, 3].map((fd) => readAll(child.stdio[fd as 1 | 2])));
  const [code, cpuSeconds, peakKiB] = JSON.parse(told || "[-1, 0, 0]") as [number, number, number];
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${stderr}`);
  return { cpuSeconds, peakMiB: peakKiB / 1024, stdout: stdout! };
}

async function readAll(stream: NodeJS.ReadableStream | null): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream ?? []) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString();
}
