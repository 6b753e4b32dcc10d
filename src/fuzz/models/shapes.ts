import type { Dice } from "../dice";

export type Point = [number, number, number];

/** A mesh as text formats have it: corners and the faces between them, counted from 0. */
export type Shape = { points: Point[]; faces: number[][] };

const tetrahedron: Shape = {
  points: [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
  faces: [[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]],
}; // prettier-ignore

const cube: Shape = {
  points: [0, 1, 2, 3, 4, 5, 6, 7].map((n) => [n & 1, (n >> 1) & 1, (n >> 2) & 1]),
  faces: [[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5]],
}; // prettier-ignore

/** One to three bodies, some of them open, inside out, flat, far away, huge or tiny. */
export function randomShape(dice: Dice): Shape {
  const shape: Shape = { points: [], faces: [] };
  for (let bodies = dice.oneIn(4) ? dice.between(2, 3) : 1; bodies > 0; bodies--) {
    const body = dice.oneIn(2) ? tetrahedron : cube;
    const first = shape.points.length;
    const scale = dice.oneIn(6) ? 10 ** dice.between(-160, 160) : 10 ** dice.between(-2, 2);
    const shift = dice.oneIn(8) ? (dice.fraction() - 0.5) * 2 * 10 ** dice.between(0, 308) : dice.below(50);
    const flat = dice.oneIn(10) ? dice.below(3) : -1;
    for (const point of body.points)
      shape.points.push(point.map((value, axis) => (axis === flat ? 0 : value * scale) + shift) as Point);
    const inside = dice.oneIn(6);
    for (const face of body.faces)
      shape.faces.push((inside ? [...face].reverse() : face).map((corner) => corner + first));
  }
  if (dice.oneIn(8)) shape.faces.splice(dice.below(shape.faces.length), 1);
  if (dice.oneIn(12)) shape.faces.push(dice.pick(shape.faces));
  if (dice.oneIn(12)) dice.pick(shape.faces)[dice.below(3)] = dice.below(shape.points.length);
  return shape;
}
