import type { MemoryBudget } from "./budget";
import type { Orientation } from "./geometry";
import type { Mesh } from "./mesh";
import type { Bodies } from "./topology";

/** Beyond this many comparisons of boxes the question is given up, and `mixed` answered: no price is the safe side. */
const MAX_COMPARISONS = 20_000_000;
const BOX = 6;

/**
 * Which way a watertight, consistently wound mesh faces. A body that faces the other way than the whole is a cavity
 * if the box of a bigger body of the main direction holds it; if none does, it is a part turned inside out, which
 * would be subtracted from the volume and so from the price.
 */
export function findOrientation(mesh: Mesh, bodies: Bodies, budget: MemoryBudget): Orientation {
  const bytes = bodies.count * (BOX + 1) * 8;
  budget.reserve(bytes);
  const volumes = new Float64Array(bodies.count);
  const boxes = new Float64Array(bodies.count * BOX).fill(Infinity);
  measureBodies(mesh, bodies.ofVertex, volumes, boxes);

  budget.release(bytes);

  const total = volumes.reduce((sum, volume) => sum + volume, 0);
  const direction = total < 0 ? -1 : 1;
  const main: number[] = [];
  const opposite: number[] = [];
  volumes.forEach((volume, body) => (volume * direction >= 0 ? main : opposite).push(body));
  if (main.length * opposite.length > MAX_COMPARISONS) return "mixed";
  for (const cavity of opposite) {
    const held = main.some(
      (body) =>
        Math.abs(volumes[body]!) > Math.abs(volumes[cavity]!) && holds(boxes, body * BOX, cavity * BOX),
    );
    if (!held) return "mixed";
  }
  return direction < 0 ? "inward" : "outward";
}

/** Boxes are kept as minima: of x, y, z and of -x, -y, -z. */
function measureBodies(mesh: Mesh, ofVertex: Int32Array, volumes: Float64Array, boxes: Float64Array): void {
  const { corners, positions, vertexCount } = mesh;
  for (let v = 0; v < vertexCount; v++) {
    const body = ofVertex[v]!;
    if (body < 0) continue;
    for (let axis = 0; axis < 3; axis++) {
      const at = body * BOX + axis;
      const coordinate = positions[v * 3 + axis]!;
      boxes[at] = Math.min(boxes[at]!, coordinate);
      boxes[at + 3] = Math.min(boxes[at + 3]!, -coordinate);
    }
  }
  for (let at = 0; at < corners.length; at += 3) {
    const a = corners[at]! * 3;
    const b = corners[at + 1]! * 3;
    const c = corners[at + 2]! * 3;
    const ay = positions[a + 1]!;
    const az = positions[a + 2]!;
    const nx =
      (positions[b + 1]! - ay) * (positions[c + 2]! - az) -
      (positions[b + 2]! - az) * (positions[c + 1]! - ay);
    const body = ofVertex[corners[at]!]!;
    volumes[body]! += (nx * (positions[a]! + positions[b]! + positions[c]!)) / 6;
  }
}

function holds(boxes: Float64Array, outer: number, inner: number): boolean {
  for (let side = 0; side < BOX; side++) {
    if (boxes[outer + side]! > boxes[inner + side]!) return false;
  }
  return true;
}
