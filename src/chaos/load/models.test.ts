import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JobLease } from "../../gen/alexandrite/mes/v1/mes_worker";
import { seededRandom } from "../../bench/stats";
import { geometryOfCube, priceOf } from "./cube-price";
import { createModels } from "./models";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "alexandrite-cubes-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("some models are new, the others come again, and each is known by its hash", () => {
  const models = createModels(folder, seededRandom(4));
  const paths = Array.from({ length: 100 }, () => models.next().path);
  const different = new Set(paths).size;
  expect(different).toBeGreaterThan(20);
  expect(different).toBeLessThan(60);
  for (const path of paths) {
    const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
    expect(path).toContain(`cube-${models.edgeOf(sha256)}.stl`);
  }
});

test("a cube's price is that of its job's terms", () => {
  const lease = JobLease.fromPartial({
    material: { densityKgM3: 1_240, rateMinorPerKg: 250_000n, buildRateMm3PerHour: 24_000 },
    finish: { rateMinorPerDm2: 100n },
    machineMinorPerHour: 60_000n,
    setupMinor: 1_000n,
    minimumMinor: 0n,
    currency: "EUR",
  });
  // 1 cm³: 1.24 g at 2.50 a gram, 2.5 minutes at 10.00 a minute, 0.06 dm² at 1.00.
  expect(priceOf(geometryOfCube(10), lease)).toMatchObject({
    materialMinor: 310n,
    machineMinor: 2_500n,
    finishingMinor: 6n,
    setupMinor: 1_000n,
    totalMinor: 3_816n,
    currency: "EUR",
  });
});
