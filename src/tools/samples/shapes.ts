import type { Manifold, ManifoldToplevel } from "manifold-3d" with { "resolution-mode": "import" };
import { HERE, moved, turned, type SampleMesh, type SampleModel } from "./sample-model";

/** Points of a circle; `radius` may depend on the angle. */
function outline(points: number, radius: number | ((angle: number) => number)): [number, number][] {
  return Array.from({ length: points }, (_, n) => {
    const angle = (2 * Math.PI * n) / points;
    const r = typeof radius === "number" ? radius : radius(angle);
    return [r * Math.cos(angle), r * Math.sin(angle)];
  });
}

export function meshOf(solid: Manifold): SampleMesh {
  const { vertProperties, triVerts, numProp } = solid.getMesh();
  if (numProp !== 3) throw new Error(`a sample's mesh has ${numProp} properties per vertex, not 3`);
  return { positions: Float32Array.from(vertProperties), triangles: Uint32Array.from(triVerts) };
}

function single(name: string, solid: Manifold): SampleModel {
  return { name, parts: [{ name, mesh: meshOf(solid), placements: [HERE] }] };
}

/** A band with a tapered setting, four prongs and a seat for a stone. `detail` multiplies the segments of curves. */
export function ring({ Manifold, CrossSection }: ManifoldToplevel, detail = 1): SampleModel {
  const profile = CrossSection.circle(1, 8 * detail).scale([0.8, 1.3]).translate([9.3, 0]);
  const band = Manifold.revolve(profile, 28 * detail).rotate([90, 0, 0]);
  const cup = Manifold.cylinder(3.2, 1.2, 2.4, 16 * detail).translate([0, 0, 9.4]);
  const seat = Manifold.cylinder(2, 1.1, 2, 16 * detail).translate([0, 0, 11.2]);
  const prong = Manifold.cylinder(2.6, 0.45, 0.35, 6 * detail);
  const prongs = [45, 135, 225, 315].map((degrees) => prong.translate([2, 0, 11.4]).rotate([0, 0, degrees]));
  return single("ring", Manifold.union([Manifold.union([band, cup]).subtract(seat), ...prongs]));
}

/** An angle bracket with a rib and five holes. */
export function bracket({ Manifold, CrossSection }: ManifoldToplevel, detail = 1): SampleModel {
  const plate = Manifold.cube([60, 40, 5]);
  const wall = Manifold.cube([5, 40, 45]);
  const rib = CrossSection.ofPolygons([
    [
      [4, 4],
      [36, 4],
      [4, 36],
    ],
  ])
    .extrude(5)
    .rotate([90, 0, 0])
    .translate([0, 22.5, 0]);
  const hole = Manifold.cylinder(10, 2.75, 2.75, 16 * detail, true);
  const holes = [
    hole.translate([25, 9, 2.5]),
    hole.translate([25, 31, 2.5]),
    hole.translate([50, 20, 2.5]),
    hole.rotate([0, 90, 0]).translate([2.5, 9, 32]),
    hole.rotate([0, 90, 0]).translate([2.5, 31, 32]),
  ];
  return single("bracket", Manifold.union([plate, wall, rib]).subtract(Manifold.union(holes)));
}

/** A spur gear of twenty teeth with a bore, a keyway and lightening holes. */
export function gear({ Manifold, CrossSection }: ManifoldToplevel, detail = 1): SampleModel {
  const teeth = 20;
  const pitch = 360 / teeth;
  const tooth = CrossSection.ofPolygons([
    [
      [16.5, -2.1],
      [21.5, -0.9],
      [21.5, 0.9],
      [16.5, 2.1],
    ],
  ]);
  const rim = CrossSection.circle(17.5, 80 * detail);
  const wheel = CrossSection.union([rim, ...Array.from({ length: teeth }, (_, n) => tooth.rotate(n * pitch))]);
  const bore = CrossSection.circle(4, 24 * detail).add(CrossSection.square([2, 2.4], true).translate([4.2, 0]));
  const hole = CrossSection.circle(2.5, 16 * detail).translate([10.5, 0]);
  const holes = Array.from({ length: 6 }, (_, n) => hole.rotate(n * 60));
  const body = Manifold.extrude(CrossSection.difference([wheel, bore, ...holes]), 8);
  return single("gear", body);
}

/** A fluted, twisted vase with a floor. */
export function vase({ Manifold, CrossSection }: ManifoldToplevel, detail = 1): SampleModel {
  const points = 24 * detail;
  const flutes = (radius: number) => outline(points, (angle) => radius * (1 + 0.08 * Math.cos(6 * angle)));
  const wall = (radius: number, height: number) =>
    Manifold.extrude(CrossSection.ofPolygons([flutes(radius)]), height, 7 * detail, 60, [1.35, 1.35]);
  return single("vase", wall(20, 70).subtract(wall(18, 70).translate([0, 0, 2])));
}

/** A box with a lid beside it and four feet, told by 3MF as parts and components. */
export function box({ Manifold, CrossSection }: ManifoldToplevel, detail = 1): SampleModel {
  const rounded = (x: number, y: number, radius: number) =>
    CrossSection.square([x - 2 * radius, y - 2 * radius], true).offset(radius, "Round", 2, 16 * detail);
  const body = Manifold.extrude(rounded(50, 34, 4), 22).subtract(
    Manifold.extrude(rounded(46, 30, 2.5), 22).translate([0, 0, 2]),
  );
  const lid = Manifold.union([
    Manifold.extrude(rounded(50, 34, 4), 2),
    Manifold.extrude(rounded(45.6, 29.6, 2.4), 3).translate([0, 0, 1]),
  ]);
  const foot = Manifold.cylinder(3, 3, 2, 12 * detail);
  const feet = [45, 135, 225, 315].map((degrees, n) =>
    turned(degrees, n % 3 === 0 ? 20 : -20, n < 2 ? 12 : -12, -4),
  );
  return {
    name: "box",
    parts: [
      { name: "body", mesh: meshOf(body), placements: [HERE] },
      { name: "lid", mesh: meshOf(lid), placements: [moved(0, 42, 0)] },
      { name: "foot", mesh: meshOf(foot), placements: feet },
    ],
  };
}

export const SHAPES = { ring, bracket, gear, vase, box } as const;
