import type { Dice } from "../dice";
import { mutateBytes } from "./mutate-bytes";
import { oddCount, oddNumberText } from "./numbers";
import { randomShape } from "./shapes";
import { mutateXml } from "./xml";
import { zipEndFields, zipFields, zipOf, type ZipEntry, type ZipLies } from "./zip";

export const coreNamespace = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02";
const production = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06";
const relationshipType = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel";
const units = [
  "micron",
  "millimeter",
  "centimeter",
  "meter",
  "inch",
  "foot",
  "",
  "parsec",
  "__proto__",
  "constructor",
];
const names = [
  "3D/3dmodel.model",
  "/3D/3dmodel.model",
  "3d/3DMODEL.MODEL",
  "3D/Objects/a.model",
  "../a.model",
  "C:/a.model",
  "a\\b.model",
  "",
  "3D/\0.model",
  "é.model",
];

/** A 3MF: a scene of objects, components and parts, changed as XML; in an archive that lies; or both. */
export function randomThreeMf(dice: Dice): Buffer {
  const { root, parts } = randomScene(dice);
  const change = (xml: string): Buffer => {
    const text = dice.oneIn(3) ? mutateXml(xml, dice) : xml;
    return dice.oneIn(12) ? mutateBytes(Buffer.from(text), dice) : Buffer.from(text);
  };
  const entries: ZipEntry[] = [{ name: names[0]!, content: change(root) }];
  parts.forEach((part, n) => entries.push({ name: `3D/Objects/${n}.model`, content: change(part) }));
  if (dice.oneIn(3)) entries.push({ name: "_rels/.rels", content: change(relationships(dice)) });
  if (dice.oneIn(3)) entries.push({ name: "[Content_Types].xml", content: Buffer.from("<Types/>") });
  const lies: ZipLies = {};
  if (dice.oneIn(3)) lieInArchive(entries, lies, dice);
  return zipOf(entries, lies);
}

function lieInArchive(entries: ZipEntry[], lies: ZipLies, dice: Dice): void {
  const entry = dice.pick(entries);
  switch (dice.below(10)) {
    case 0:
    case 1: {
      const field = dice.pick(zipFields);
      entry.lies = { [field]: oddCount(dice, field === "method" ? dice.below(20) : entry.content.length) };
      break;
    }
    case 2: {
      const field = dice.pick(zipEndFields);
      lies.end = { [field]: oddCount(dice, entries.length) };
      break;
    }
    case 3:
      lies.before = dice.bytes(1 + dice.size(100));
      break;
    case 4:
      lies.after = dice.bytes(1 + dice.size(100));
      break;
    case 5:
      entry.name = dice.oneIn(3) ? dice.bytes(1 + dice.size(300)) : dice.pick(names);
      break;
    case 6:
      entry.stored = true;
      if (dice.oneIn(2)) entry.lies = { method: 8 };
      break;
    case 7:
      entries.push({ ...entry, overlaps: dice.oneIn(2) });
      break;
    case 8:
      entry.extra = dice.oneIn(2) ? zip64Extra(dice) : dice.bytes(dice.size(60));
      entry.lies = dice.oneIn(2) ? { size: 0xffffffff, packedSize: 0xffffffff } : {};
      break;
    default:
      lies.zip64 = true;
  }
}

function zip64Extra(dice: Dice): Buffer {
  const extra = Buffer.alloc(4 + 24);
  extra.writeUInt16LE(1);
  extra.writeUInt16LE(24, 2);
  for (let at = 4; at < 28; at += 8)
    extra.writeBigUInt64LE(dice.pick([0n, 1n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]), at);
  return extra;
}

function relationships(dice: Dice): string {
  const target = dice.oneIn(2) ? `/${names[0]}` : dice.pick(names);
  return `<Relationships><Relationship Target="${target}" Id="r" Type="${relationshipType}"/></Relationships>`;
}

function randomScene(dice: Dice): { root: string; parts: string[] } {
  const objects = Array.from({ length: dice.oneIn(4) ? dice.between(0, 4) : 1 }, (_, n) =>
    objectXml(n + 1, dice),
  );
  const parts = dice.oneIn(6)
    ? Array.from({ length: dice.between(1, 3) }, () => modelXml([objectXml(1, dice)], "", dice))
    : [];
  const reference = (): string => {
    const path =
      parts.length > 0 && dice.oneIn(2) ? ` p:path="/3D/Objects/${dice.below(parts.length + 1)}.model"` : "";
    return `objectid="${dice.oneIn(20) ? dice.between(0, 9) : path ? 1 : 1 + dice.below(Math.max(1, objects.length))}"${path}${transform(dice)}`;
  };
  while (dice.oneIn(4)) {
    const components = Array.from({ length: dice.between(1, 4) }, () => `<component ${reference()}/>`);
    objects.push(
      `<object id="${objects.length + 1}"><components>${components.join("")}</components></object>`,
    );
  }
  const items = Array.from(
    { length: dice.oneIn(3) ? dice.between(0, 5) : 1 },
    () => `<item ${reference()}/>`,
  );
  return { root: modelXml(objects, items.join(""), dice), parts };
}

export function modelXml(objects: readonly string[], items: string, dice: Dice): string {
  const unit = dice.oneIn(4) ? ` unit="${dice.pick(units)}"` : "";
  const extensions = dice.oneIn(8)
    ? ` requiredextensions="${dice.pick(["p", "p p", " ", "q", "p q", "xml"])}"`
    : "";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<model${unit} xmlns="${coreNamespace}" xmlns:p="${production}"${extensions}><resources>${objects.join("\n")}</resources><build>${items}</build></model>`;
}

function objectXml(id: number, dice: Dice): string {
  const { points, faces } = randomShape(dice);
  const vertices = points.map(([x, y, z]) => `<vertex x="${x}" y="${y}" z="${z}"/>`);
  const triangles = faces.map(([a, b, c]) => `<triangle v1="${a}" v2="${b}" v3="${c}"/>`);
  return `<object id="${id}" type="model"><mesh><vertices>${vertices.join("\n")}</vertices><triangles>${triangles.join("\n")}</triangles></mesh></object>`;
}

function transform(dice: Dice): string {
  if (!dice.oneIn(3)) return "";
  const numbers = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0].map(
    (value) => `${dice.oneIn(40) ? oddNumberText(dice) : value}`,
  );
  if (dice.oneIn(12)) numbers.push("1");
  return ` transform="${numbers.join(dice.pick([" ", "  ", "\n"]))}"`;
}
