/** Bounds on what one model may cost. Sizes in bytes. */
export type ModelLimits = {
  maxBytes: number;
  /** After components of a 3MF are multiplied out. */
  maxTriangles: number;
  /** Sum over all parts of an archive that are read. */
  maxUnzippedBytes: number;
  /** Unpacked to packed, of one part and of all that is read beside the whole file, once either is 16 MiB. */
  maxUnzipRatio: number;
  /** Build items and components of a 3MF, multiplied out. */
  maxInstances: number;
  /** Working memory for vertices, triangles and edges, on top of four times the file. */
  memoryAllowance: number;
};

export const DEFAULT_LIMITS: Readonly<ModelLimits> = {
  maxBytes: 200_000_000,
  maxTriangles: 8_000_000,
  maxUnzippedBytes: 1_500_000_000,
  maxUnzipRatio: 100,
  maxInstances: 20_000,
  memoryAllowance: 24 * 1024 * 1024,
};
