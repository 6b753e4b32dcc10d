/**
 * Writes the models of `samples/`: the small ones, which are committed, or with `--large` the ones in
 * `samples/large/`, which are not.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadManifold, lumpySphere, SHAPES, WRITERS, type SampleModel } from "./samples";

const SAMPLES = join(__dirname, "../../samples");
const LARGE_DETAIL = 12;
const LARGE_SUBDIVISIONS = 7;

async function main(): Promise<void> {
  const large = process.argv.includes("--large");
  const manifold = await loadManifold();
  const folder = large ? join(SAMPLES, "large") : SAMPLES;
  mkdirSync(folder, { recursive: true });
  for (const shape of Object.values(SHAPES)) write(folder, shape(manifold, large ? LARGE_DETAIL : 1));
  if (large) write(folder, lumpySphere(LARGE_SUBDIVISIONS));
}

function write(folder: string, model: SampleModel): void {
  for (const [ending, writer] of Object.entries(WRITERS)) {
    const bytes = writer(model);
    writeFileSync(join(folder, model.name + ending), bytes);
    console.log(`${model.name}${ending}: ${(bytes.length / 1000).toFixed(1)} kB`);
  }
}

void main();
