import type { MemoryBudget } from "./budget";
import type { Geometry, Orientation } from "./geometry";
import type { ModelLimits } from "./limits";
import { withoutIdleVertices, type Mesh } from "./mesh";
import { ModelError } from "./model-error";
import { findOrientation } from "./orientation";
import type { Part } from "./parser";
import { addSurface, determinant, emptySurface, transformMesh } from "./surface";
import { checkEdges, findBodies } from "./topology";

type Measured = Pick<
  Geometry,
  "triangles" | "volume" | "area" | "extents" | "watertight" | "orientation" | "bodies"
>;

/**
 * Adds up the parts of a model. Edges and bodies are looked at once per mesh and counted once per placement: parts
 * that touch stay parts, as a 3MF means them.
 */
export function measureParts(
  parts: readonly Part[],
  budget: MemoryBudget,
  limits: ModelLimits,
  onWork: (fraction: number) => void,
): Measured {
  const triangles = parts.reduce((sum, part) => sum + part.mesh.triangles * part.placements.length, 0);
  if (triangles > limits.maxTriangles) {
    throw new ModelError(
      "TOO_COMPLEX",
      `the model has ${triangles} triangles, the limit is ${limits.maxTriangles}`,
    );
  }
  if (triangles === 0) throw new ModelError("EMPTY_MODEL", "the model has no triangle");

  const surface = emptySurface();
  const orientations = new Set<Orientation>();
  let bodies = 0;
  let done = 0;
  for (const { mesh, placements } of parts) {
    if (mesh.triangles === 0 || placements.length === 0) continue;
    const edges = checkEdges(mesh, budget);
    onWork(done / triangles);
    const found = findBodies(mesh, budget);
    bodies += found.count * placements.length;
    if (!edges.watertight) orientations.add("open");
    else if (!edges.consistent) orientations.add("mixed");
    else orientations.add(findOrientation(mesh, found, budget));

    let lean: Mesh | undefined;
    let moved: Float64Array | undefined;
    for (const placement of placements) {
      if (placement === undefined) {
        addSurface(surface, mesh);
      } else {
        lean ??= withoutIdleVertices(mesh, budget);
        if (moved === undefined) {
          budget.reserve(lean.vertexCount * 24);
          moved = new Float64Array(lean.vertexCount * 3);
        }
        // A mirrored part is meant to stay a solid, so its triangles are turned back.
        addSurface(surface, transformMesh(lean, placement, moved), determinant(placement) < 0 ? -1 : 1);
      }
      done += mesh.triangles;
      onWork(done / triangles);
    }
    const copied =
      lean === undefined || lean === mesh ? 0 : lean.positions.byteLength + lean.corners.byteLength;
    budget.release(copied + (moved?.byteLength ?? 0) + found.ofVertex.byteLength);
  }
  if (!Number.isFinite(surface.volume) || !Number.isFinite(surface.area)) {
    throw new ModelError(
      "NOT_FINITE",
      "the model's coordinates are so large that its volume or area is not finite",
    );
  }
  const { min, max } = surface;
  return {
    triangles,
    volume: surface.volume,
    area: surface.area,
    extents: [max[0] - min[0], max[1] - min[1], max[2] - min[2]],
    watertight: !orientations.has("open"),
    orientation: combine(orientations),
    bodies,
  };
}

function combine(orientations: ReadonlySet<Orientation>): Orientation {
  if (orientations.has("open")) return "open";
  const [only] = orientations;
  return orientations.size === 1 && only !== undefined ? only : "mixed";
}
