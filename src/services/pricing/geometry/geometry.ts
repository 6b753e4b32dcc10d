/** What a model file says it is. STL is binary or ASCII; which of the two is read from its content. */
export const MODEL_FORMATS = ["stl", "obj", "3mf"] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

export type LengthUnit = "micron" | "millimeter" | "centimeter" | "meter" | "inch" | "foot";

/** Millimetres in one unit of length. */
export const MM_PER_UNIT: Readonly<Record<LengthUnit, number>> = {
  micron: 0.001,
  millimeter: 1,
  centimeter: 10,
  meter: 1000,
  inch: 25.4,
  foot: 304.8,
};

export type Extents = readonly [x: number, y: number, z: number];

/**
 * Which way the surface of a watertight model faces. Only `outward` and `inward` (everything turned inside out)
 * enclose the volume that is stated; `mixed` means that neighbouring triangles disagree, or that a body is inside
 * out beside others that are not. `open`: the model is not watertight, so the question has no answer.
 */
export type Orientation = "outward" | "inward" | "mixed" | "open";

/** What was measured. `volume`, `area` and `extents` are in the file's own unit, cubed, squared and plain. */
export type Geometry = {
  format: ModelFormat;
  unit: LengthUnit;
  triangles: number;
  /** Signed: negative when the surface faces inward. For an open model only the surface integral of x·n. */
  volume: number;
  area: number;
  extents: Extents;
  /** Every edge belongs to exactly two triangles. */
  watertight: boolean;
  orientation: Orientation;
  /** Parts connected by common vertices. */
  bodies: number;
  volumeMm3: number;
  areaMm2: number;
  extentsMm: Extents;
};
