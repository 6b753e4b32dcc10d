import { flatten, type SampleModel } from "./sample-model";
import { vertexLines } from "./write-stl";

export function obj(model: SampleModel): Buffer {
  const mesh = flatten(model);
  const lines = [`# ${model.name}, millimetres`, `o ${model.name}`];
  for (const vertex of vertexLines(mesh.positions)) lines.push(`v ${vertex}`);
  for (let at = 0; at < mesh.triangles.length; at += 3) {
    const [a, b, c] = [mesh.triangles[at]! + 1, mesh.triangles[at + 1]! + 1, mesh.triangles[at + 2]! + 1];
    lines.push(`f ${a} ${b} ${c}`);
  }
  return Buffer.from(`${lines.join("\n")}\n`, "latin1");
}
