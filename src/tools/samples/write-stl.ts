import { float32Text, flatten, normalOf, type SampleModel } from "./sample-model";

export function binaryStl(model: SampleModel): Buffer {
  const mesh = flatten(model);
  const count = mesh.triangles.length / 3;
  const bytes = Buffer.alloc(84 + 50 * count);
  bytes.write(`binary STL of ${model.name}, millimetres`, "latin1");
  bytes.writeUInt32LE(count, 80);
  for (let triangle = 0; triangle < count; triangle++) {
    let at = 84 + 50 * triangle;
    for (const value of normalOf(mesh, triangle)) at = bytes.writeFloatLE(value, at);
    for (let corner = 0; corner < 3; corner++) {
      const from = mesh.triangles[triangle * 3 + corner]! * 3;
      for (let axis = 0; axis < 3; axis++) at = bytes.writeFloatLE(mesh.positions[from + axis]!, at);
    }
  }
  return bytes;
}

export function asciiStl(model: SampleModel): Buffer {
  const mesh = flatten(model);
  const vertices = vertexLines(mesh.positions);
  const lines = [`solid ${model.name}`];
  for (let triangle = 0; triangle < mesh.triangles.length / 3; triangle++) {
    const normal = normalOf(mesh, triangle).map((value) => Number(value.toFixed(5)) + 0);
    lines.push(`facet normal ${normal.join(" ")}`, "outer loop");
    for (let corner = 0; corner < 3; corner++) {
      lines.push(`vertex ${vertices[mesh.triangles[triangle * 3 + corner]!]}`);
    }
    lines.push("endloop", "endfacet");
  }
  lines.push(`endsolid ${model.name}`, "");
  return Buffer.from(lines.join("\n"), "latin1");
}

/** `x y z` of each vertex. */
export function vertexLines(positions: Float32Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < positions.length; at += 3) {
    lines.push([positions[at]!, positions[at + 1]!, positions[at + 2]!].map(float32Text).join(" "));
  }
  return lines;
}
