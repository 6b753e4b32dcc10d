import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import type { DemoModel } from "../tools/demo/models";

/** A cube as a file in `folder`; a size that nobody else uses makes it a model that was never priced. */
export function cubeFile(folder: string, size: number): DemoModel {
  const path = join(folder, `cube-${size}.stl`);
  writeFileSync(path, cubeStl(size));
  return { path, fileName: `cube-${size}.stl`, format: "stl" };
}

/** A binary STL of a cube with edges of `size`; what the header announces and how much of it comes can be told apart from the truth. */
export function cubeStl(
  size: number,
  lie: { triangles?: number; bytes?: number; nan?: boolean } = {},
): Buffer {
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n) =>
    [n & 1, (n >> 1) & 1, (n >> 2) & 1].map((bit) => bit * size),
  );
  const faces = [
    [0, 2, 3, 1],
    [4, 5, 7, 6],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 4, 6, 2],
    [1, 3, 7, 5],
  ].flatMap(([a, b, c, d]) => [
    [a, b, c],
    [a, c, d],
  ]);
  const stl = Buffer.alloc(84 + 50 * faces.length);
  stl.writeUInt32LE(lie.triangles ?? faces.length, 80);
  faces.forEach((face, at) =>
    face.forEach((corner, vertex) =>
      corners[corner!]!.forEach((value, axis) =>
        stl.writeFloatLE(value, 84 + 50 * at + 12 + 12 * vertex + 4 * axis),
      ),
    ),
  );
  if (lie.nan) stl.writeFloatLE(Number.NaN, 84 + 12);
  return lie.bytes === undefined ? stl : stl.subarray(0, lie.bytes);
}

/** A 3MF whose model is a few kilobytes packed and `unpackedBytes` unpacked. */
export function zipBomb(unpackedBytes: number): Buffer {
  const name = Buffer.from("3D/3dmodel.model");
  const plain = Buffer.alloc(unpackedBytes, " ");
  const packed = deflateRawSync(plain, { level: 9 });
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32LE((crc32 as (data: Buffer) => number)(plain), 0);
  sizes.writeUInt32LE(packed.length, 4);
  sizes.writeUInt32LE(plain.length, 8);
  const local = Buffer.concat([
    hex("504b0304" + "1400" + "0000" + "0800" + "00000000"),
    sizes,
    u16(name.length),
    u16(0),
    name,
    packed,
  ]);
  const central = Buffer.concat([
    hex("504b0102" + "1400" + "1400" + "0000" + "0800" + "00000000"),
    sizes,
    u16(name.length),
    hex("0000".repeat(4) + "00000000" + "00000000"),
    name,
  ]);
  const end = Buffer.concat([
    hex("504b0506" + "00000000"),
    u16(1),
    u16(1),
    u32(central.length),
    u32(local.length),
    u16(0),
  ]);
  return Buffer.concat([local, central, end]);
}

const hex = (text: string): Buffer => Buffer.from(text, "hex");

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
