import { asciiStl, binaryStl } from "./write-stl";
import { obj } from "./write-obj";
import type { SampleModel } from "./sample-model";
import { threeMf } from "./write-3mf";

export { loadManifold } from "./load-manifold";
export { lumpySphere } from "./lumpy-sphere";
export { flatten, type SampleMesh, type SampleModel } from "./sample-model";
export { SHAPES } from "./shapes";

/** What follows a model's name in the file of each format. */
export const WRITERS: Readonly<Record<string, (model: SampleModel) => Buffer>> = {
  ".stl": binaryStl,
  ".ascii.stl": asciiStl,
  ".obj": obj,
  ".3mf": threeMf,
};
