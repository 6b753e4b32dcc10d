import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { measureModel, ModelError, type ModelFormat } from ".";

type Expected =
  | { empty: true }
  | {
      empty?: undefined;
      triangles: number;
      volume: number;
      area: number;
      bbox: [number, number, number];
      watertight: boolean;
      bodies: number;
      units: string;
    };

/** Real models with what trimesh makes of them. They are not ours to commit, so they lie beside the checkout. */
const MODELS = join(__dirname, "../../../../../shared/models");
const present = existsSync(join(MODELS, "expected.json"));

if (present) {
  const expected = JSON.parse(readFileSync(join(MODELS, "expected.json"), "utf8")) as Record<
    string,
    Expected
  >;

  describe("real models are measured as trimesh measures them", () => {
    test.each(Object.entries(expected))("%s", async (file, figures) => {
      const measuring = measureModel(createReadStream(join(MODELS, file)), {
        format: formatOf(file),
        byteLength: statSync(join(MODELS, file)).size,
      });
      if (figures.empty) {
        await expect(measuring).rejects.toBeInstanceOf(ModelError);
        await expect(measuring).rejects.toMatchObject({ reason: "EMPTY_MODEL" });
        return;
      }
      const geometry = await measuring;
      expect(geometry.triangles).toBe(figures.triangles);
      expect(geometry.watertight).toBe(figures.watertight);
      expect(geometry.bodies).toBe(figures.bodies);
      expect(geometry.unit).toBe(figures.units === "None" ? "millimeter" : figures.units);
      expectNear(geometry.volume, figures.volume);
      expectNear(geometry.area, figures.area);
      geometry.extents.forEach((extent, axis) => expectNear(extent, figures.bbox[axis]!));
    });
  });
} else {
  // eslint-disable-next-line no-console
  console.warn(`NOT RUN: comparison of real models with trimesh, because ${MODELS} does not exist`);
  test.skip(`NOT RUN: real models are compared with trimesh only where ${MODELS} exists`, () => {});
}

function formatOf(file: string): ModelFormat {
  return file.slice(file.lastIndexOf(".") + 1).toLowerCase() as ModelFormat;
}

function expectNear(actual: number, wanted: number): void {
  const tolerance = Math.max(1e-9, 1e-6 * Math.abs(wanted));
  if (!(Math.abs(actual - wanted) <= tolerance))
    throw new Error(`${actual} is not ${wanted} within ${tolerance}`);
}
