import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureTool } from "./cache";

let folder: string;
const before = process.env["ALEXANDRITE_CACHE"];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alexandrite-cache-"));
  process.env["ALEXANDRITE_CACHE"] = folder;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env["ALEXANDRITE_CACHE"];
  else process.env["ALEXANDRITE_CACHE"] = before;
});

test("of runs at the same time one builds and all get the same folder", async () => {
  let builds = 0;
  const ensure = (): Promise<string> =>
    ensureTool("tool", "1", async (target) => {
      builds += 1;
      await sleep(50);
      writeFileSync(join(target, "binary"), "x");
    });
  const paths = await Promise.all([ensure(), ensure(), ensure()]);
  expect(new Set(paths)).toEqual(new Set([join(folder, "tool", "1")]));
  expect(builds).toBe(1);
  expect(readFileSync(join(folder, "tool", "1", "binary"), "utf8")).toBe("x");
});

test("a build that fails leaves nothing, and the next one starts afresh", async () => {
  const broken = ensureTool("tool", "1", async (target) => {
    writeFileSync(join(target, "half"), "");
    throw new Error("no network");
  });
  await expect(broken).rejects.toThrow("no network");
  expect(readdirSync(join(folder, "tool"))).toEqual([]);
  await ensureTool("tool", "1", async () => {});
  expect(readdirSync(join(folder, "tool"))).toEqual(["1"]);
});

test("the lock of a run that died does not hold up the next one", async () => {
  await ensureTool("tool", "0", async () => {});
  writeFileSync(join(folder, "tool", "1.lock"), "1 1");
  await ensureTool("tool", "1", async () => {});
  expect(readdirSync(join(folder, "tool")).sort()).toEqual(["0", "1"]);
});
