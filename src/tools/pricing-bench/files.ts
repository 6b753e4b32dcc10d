import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lumpySphere, WRITERS } from "../samples";

export type BenchFile = { label: string; path: string; format: string; bytes: number };

const LABELS: readonly [ending: string, label: string, format: string][] = [
  [".stl", "binary STL", "stl"],
  [".ascii.stl", "ASCII STL", "stl"],
  [".obj", "OBJ", "obj"],
  [".3mf", "3MF", "3mf"],
];

/** A lumpy sphere in every format, kept in `cache` from run to run; formats over `maxBytes` are left out. */
export function makeFiles(cache: string, subdivisions: number, maxBytes: number): BenchFile[] {
  mkdirSync(cache, { recursive: true });
  const model = lazily(() => lumpySphere(subdivisions));
  const files = LABELS.map(([ending, label, format]) => {
    const path = join(cache, `lumpy-sphere-${subdivisions}${ending}`);
    if (!existsSync(path)) {
      // Under its name only when it is whole, so that an interrupted run leaves nothing half.
      writeFileSync(`${path}.part`, WRITERS[ending]!(model()));
      renameSync(`${path}.part`, path);
    }
    return { label, path, format, bytes: statSync(path).size };
  });
  return files.filter((file) => file.bytes <= maxBytes);
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
