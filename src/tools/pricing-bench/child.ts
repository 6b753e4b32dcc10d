/**
 * The child process that is measured: `child.js <file> <format>` measures one model and prints what it found;
 * without arguments it has loaded the same code and is idle.
 */
import { createReadStream, statSync } from "node:fs";
import { measureModel, type ModelFormat } from "../../services/pricing/geometry";

async function main([file, format]: string[]): Promise<void> {
  if (file === undefined || format === undefined) return;
  const { triangles, volume, watertight, bodies } = await measureModel(
    // The size of pieces in which an S3 body comes.
    createReadStream(file, { highWaterMark: 64 * 1024 }),
    { format: format as ModelFormat, byteLength: statSync(file).size },
  );
  console.log(JSON.stringify({ triangles, volume, watertight, bodies }));
}

void main(process.argv.slice(2));
