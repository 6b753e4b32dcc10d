import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

test("the benchmark's service is what its proto generates", () => {
  const out = mkdtempSync(join(tmpdir(), "alexandrite-bench-"));
  try {
    execFileSync(process.execPath, [join(__dirname, "generate.mjs"), out], { stdio: "pipe" });
    for (const name of ["bench.ts", "bench.binpb"]) {
      expect(readFileSync(join(out, name)).equals(readFileSync(join(__dirname, "gen", name)))).toBe(true);
    }
  } finally {
    rmSync(out, { recursive: true });
  }
});
