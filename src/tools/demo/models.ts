import { readdirSync } from "node:fs";
import { extname, join } from "node:path";

export type DemoModel = { path: string; fileName: string; format: "stl" | "obj" | "3mf" };

const formats: Record<string, DemoModel["format"]> = { ".stl": "stl", ".obj": "obj", ".3mf": "3mf" };

/** The committed models of `samples/`, in the order of their names. */
export function sampleModels(root: string): DemoModel[] {
  const folder = join(root, "samples");
  const models = readdirSync(folder)
    .sort()
    .flatMap((fileName) => {
      const format = formats[extname(fileName).toLowerCase()];
      return format === undefined ? [] : [{ path: join(folder, fileName), fileName, format }];
    });
  if (models.length === 0) throw new Error(`No models in ${folder}: run \`make samples\`.`);
  return models;
}
