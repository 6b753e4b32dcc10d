import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Report } from "./tally";

const root = resolve(__dirname, "../..");

/** The command as people run it; `make test` has built it. */
async function chaos(...args: string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, ["dist/chaos/main.js", ...args], { cwd: root });
  let text = "";
  child.stdout.on("data", (bytes: Buffer) => (text += bytes.toString()));
  child.stderr.on("data", (bytes: Buffer) => (text += bytes.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, text };
}

test("two cycles of chaos leave everything as it has to be", async () => {
  const { code, text } = await chaos("--cycles", "2", "--seed", "61", "--faults", "4", "--buyers", "3");
  const report = JSON.parse(text.trim().split("\n").at(-1) ?? "") as Report;
  // The whole text says which invariant, and why.
  if (code !== 0) throw new Error(text);
  expect(report).toMatchObject({ cycles: 2, seed: 61, violations: 0 });
  expect(report.orders).toBeGreaterThan(0);
  expect(Object.values(report.faults).reduce((sum, count) => sum + count, 0)).toBe(8);
}, 600_000);
