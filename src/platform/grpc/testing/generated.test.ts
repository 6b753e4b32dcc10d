import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

test("the test service is what its proto generates", () => {
  const out = mkdtempSync(join(tmpdir(), "alexandrite-testing-"));
  try {
    execFileSync(process.execPath, [join(__dirname, "generate.mjs"), out], { stdio: "pipe" });
    for (const name of ["testing.ts", "testing.binpb"]) {
      // Compared as a truth, for a difference of 70 KB tells nobody anything.
      expect(readFileSync(join(out, name)).equals(readFileSync(join(__dirname, "gen", name)))).toBe(true);
    }
  } finally {
    rmSync(out, { recursive: true });
  }
});
