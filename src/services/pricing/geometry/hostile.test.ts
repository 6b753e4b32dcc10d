import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { ModelError, type ModelFormat } from ".";
import { measureBytes } from "./testing";

/** Real files, changed at random: whatever comes of it, it is a measurement or a ModelError. */
const SAMPLES = join(__dirname, "../../../../samples");
const FILES: readonly [string, ModelFormat][] = [
  ["bracket.stl", "stl"],
  ["bracket.ascii.stl", "stl"],
  ["bracket.obj", "obj"],
  ["bracket.3mf", "3mf"],
  ["box.3mf", "3mf"],
];

async function survives(bytes: Buffer, format: ModelFormat): Promise<void> {
  try {
    const geometry = await measureBytes(bytes, { format, limits: { maxUnzippedBytes: 10_000_000 } });
    expect(Number.isFinite(geometry.volumeMm3) && Number.isFinite(geometry.areaMm2)).toBe(true);
    expect(geometry.bodies).toBeGreaterThan(0);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    expect(error.message).not.toBe("");
  }
}

describe.each(FILES)("%s", (file, format) => {
  const original = readFileSync(join(SAMPLES, file));
  const place = fc.nat(original.length - 1);

  test("with bytes changed it is measured or refused", async () => {
    const changes = fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of list) bytes[at] = value;
        await survives(bytes, format);
      }),
      { numRuns: 120 },
    );
  });

  test("with a stretch cut out or repeated it is measured or refused", async () => {
    await fc.assert(
      fc.asyncProperty(place, place, async (from, to) => {
        await survives(Buffer.concat([original.subarray(0, from), original.subarray(to)]), format);
      }),
      { numRuns: 120 },
    );
  });

  test.each(["stl", "obj", "3mf"] as const)("taken for %s it is measured or refused", async (other) => {
    await survives(original, other);
  });
});
