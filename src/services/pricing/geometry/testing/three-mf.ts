import { deflateRawSync } from "node:zlib";
import { crc32 } from "../threemf/crc32";
import type { Triangles } from "./cube";

/** What may be wrong with an entry of a zip. */
type Entry = {
  name: string;
  content: Uint8Array | string;
  stored?: boolean;
  statedSize?: number;
  flags?: number;
};

/** A zip, deflated unless told otherwise. Written here byte by byte, so that tests can lie in it. */
export function zipOf(entries: readonly Entry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored, statedSize, flags = 0 } of entries) {
    const bytes = Buffer.from(content as string);
    const packed = stored ? bytes : deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(stored ? 0 : 8, 4);
    fields.writeUInt16LE(33, 8);
    fields.writeUInt32LE(crc32(0, bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(statedSize ?? bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, 0]);
    directory.push(Buffer.from("PK\x01\x02", "latin1"), madeBy, fields, rest, Buffer.from(name));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

/** An archive of one model part, and others where given by name. */
export function threeMfOf(model: string, others: Readonly<Record<string, string>> = {}): Buffer {
  return zipOf([
    { name: "3D/3dmodel.model", content: model },
    ...Object.entries(others).map(([name, content]) => ({ name, content })),
  ]);
}

/** A model part. `objects` are bodies of object elements, numbered from 1. */
export function modelXml(
  objects: readonly (Triangles | string)[],
  items: string,
  attributes = 'unit="millimeter"',
) {
  const resources = objects.map((object, n) => {
    const content = typeof object === "string" ? object : meshXml(object);
    return `<object id="${n + 1}" type="model">${content}</object>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<model ${attributes} xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">
<resources>${resources.join("\n")}</resources><build>${items}</build></model>`;
}

function meshXml(triangles: Triangles): string {
  const vertices = triangles.flat().map(([x, y, z]) => `<vertex x="${x}" y="${y}" z="${z}"/>`);
  const faces = triangles.map((_, n) => `<triangle v1="${3 * n}" v2="${3 * n + 1}" v3="${3 * n + 2}"/>`);
  return `<mesh><vertices>${vertices.join("")}</vertices><triangles>${faces.join("")}</triangles></mesh>`;
}
