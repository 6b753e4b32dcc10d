import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cubeFile } from "../../e2e/models";
import type { DemoModel } from "../../tools/demo/models";

/** How many models are ordered again and again. */
const known = 8;

export type Models = {
  next(): DemoModel;
  /** The edge of a cube that was given out, by the hash of its file. */
  edgeOf(sha256: string): number | undefined;
};

/** Cubes, which are priced at once: `share` of them were never seen before. Their files are in `folder`. */
export function createModels(folder: string, random: () => number, share = 0.3): Models {
  const place = join(folder, "cubes");
  mkdirSync(place, { recursive: true });
  const edges = new Map<string, number>();
  const make = (edge: number): DemoModel => {
    const model = cubeFile(place, edge);
    edges.set(createHash("sha256").update(readFileSync(model.path)).digest("hex"), edge);
    return model;
  };
  const old = Array.from({ length: known }, (_, n) => make(10 + n));
  let made = 0;
  return {
    next: () =>
      random() < share ? make(20 + (made++ % 20_000) / 1_000) : old[Math.floor(random() * known)]!,
    edgeOf: (sha256) => edges.get(sha256),
  };
}
