import type { ModelLimits } from "../limits";
import type { Mesh } from "../mesh";
import { ModelError } from "../model-error";
import type { Part } from "../parser";
import { determinant, type Transform } from "../surface";
import type { ModelObject, ModelPart, Reference } from "./model-part";

const MAX_DEPTH = 32;

/** Finds the part of that name, read or not; `undefined` where the archive has none. */
export type FindPart = (path: string) => ModelPart | undefined;

/** Multiplies out the build items of the root part: each mesh with the places where it stands. */
export function flattenScene(root: ModelPart, find: FindPart, limits: ModelLimits): Part[] {
  const placements = new Map<Mesh, (Transform | undefined)[]>();
  let visited = 0;

  const visit = (
    part: ModelPart,
    reference: Reference,
    outer: Transform | undefined,
    depth: number,
  ): void => {
    // Components that multiply (ten of ten of ten) are as cheap to write as a zip bomb, so each visit counts.
    if (++visited > limits.maxInstances) {
      throw new ModelError("TOO_COMPLEX", `the 3MF places more than ${limits.maxInstances} objects`);
    }
    if (depth > MAX_DEPTH) {
      throw new ModelError(
        "MALFORMED",
        `the 3MF's components are nested deeper than ${MAX_DEPTH}, or contain themselves`,
      );
    }
    const home = reference.path === undefined ? part : find(reference.path);
    const object = home?.objects.get(reference.objectId);
    if (home === undefined || object === undefined) throw missing(reference);
    checkInvertible(reference);
    const transform = compose(reference.transform, outer);
    place(object, transform);
    for (const component of object.components) visit(home, component, transform, depth + 1);
  };

  const place = ({ mesh }: ModelObject, transform: Transform | undefined): void => {
    if (mesh === undefined) return;
    const known = placements.get(mesh);
    if (known === undefined) placements.set(mesh, [transform]);
    else known.push(transform);
  };

  for (const item of root.items) visit(root, item, undefined, 0);
  return [...placements].map(([mesh, places]) => ({ mesh, placements: places }));
}

/** `inner` first, then `outer`. */
function compose(inner: Transform | undefined, outer: Transform | undefined): Transform | undefined {
  if (inner === undefined || outer === undefined) return inner ?? outer;
  const result: number[] = [];
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 3; column++) {
      let sum = row === 3 ? outer[9 + column]! : 0;
      for (let k = 0; k < 3; k++) sum += inner[row * 3 + k]! * outer[k * 3 + column]!;
      result.push(sum);
    }
  }
  return result;
}

function checkInvertible({ objectId, transform }: Reference): void {
  if (transform === undefined || determinant(transform) !== 0) return;
  throw new ModelError("MALFORMED", `the transform of an instance of object ${objectId} flattens it`);
}

function missing({ objectId, path }: Reference): ModelError {
  const where = path === undefined ? "" : ` of '${path}'`;
  return new ModelError(
    "INDEX_OUT_OF_RANGE",
    `the 3MF refers to object ${objectId}${where}, which it does not have`,
  );
}
