import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { cubeFile } from "../../e2e/models";
import type { DemoModel } from "../../tools/demo/models";

/** How many models are ordered again and again. */
const known = 8;

/** Cubes, which are priced at once: `share` of them were never seen before. Their files are in `folder`. */
export function createModels(folder: string, random: () => number, share = 0.3): () => DemoModel {
  const place = join(folder, "cubes");
  mkdirSync(place, { recursive: true });
  const old = Array.from({ length: known }, (_, n) => cubeFile(place, 10 + n));
  let made = 0;
  return () =>
    random() < share ? cubeFile(place, 20 + (made++ % 20_000) / 1_000) : old[Math.floor(random() * known)]!;
}
