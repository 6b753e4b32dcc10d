import { deflateRawSync } from "node:zlib";
import type { Dice } from "../dice";
import { coreNamespace } from "./three-mf";
import { zipOf, type ZipEntry } from "./zip";

/** Files of a few hundred kilobytes that ask for more work than their size: what grows faster than a file shows here only. */
type Heavy = (dice: Dice) => Buffer;

/** Triangles of their own each, whose coordinates are what a hash of them might not tell apart. */
function* soup(dice: Dice, count: number): Generator<number[]> {
  const kind = dice.below(5);
  const base = 2 ** dice.between(0, 126);
  for (let n = 0; n < count; n++) {
    const at = [n * 9, n * 9 + 3, n * 9 + 6].map((k) => coordinate(kind, k, base));
    yield [at[0]!, 0, 0, 0, at[1]!, 0, 0, 0, at[2]!];
  }
}

function coordinate(kind: number, k: number, base: number): number {
  // Multiples of 2^32 + 1 on a grid of 1e-8: their halves cancel each other where they are only combined by exclusive or.
  if (kind === 0) return ((k + 1) * 4294967297) / 1e8;
  if (kind === 1) return base * (1 + k / 8388608);
  if (kind === 2) return k * 42.94967296;
  if (kind === 3) return 1e30 * (1 + k / 8388608);
  return k / 64;
}

const binarySoup: Heavy = (dice) => {
  const count = dice.between(2_000, 12_000);
  const bytes = Buffer.alloc(84 + 50 * count);
  bytes.writeUInt32LE(count, 80);
  let at = 96;
  for (const values of soup(dice, count)) {
    values.forEach((value, n) => bytes.writeFloatLE(Math.fround(value), at + 4 * n));
    at += 50;
  }
  return bytes;
};

const asciiSoup: Heavy = (dice) => {
  const lines = ["solid"];
  for (const [a, b, c, d, e, f, g, h, i] of soup(dice, dice.between(500, 4_000)))
    lines.push(
      `facet normal 0 0 0\nouter loop\nvertex ${a} ${b} ${c}\nvertex ${d} ${e} ${f}\nvertex ${g} ${h} ${i}\nendloop\nendfacet`,
    );
  return Buffer.from(`${lines.join("\n")}\nendsolid\n`);
};

const objSoup: Heavy = (dice) => {
  const lines: string[] = [];
  for (const [a, b, c, d, e, f, g, h, i] of soup(dice, dice.between(500, 4_000)))
    lines.push(`v ${a} ${b} ${c}\nv ${d} ${e} ${f}\nv ${g} ${h} ${i}\nf -3 -2 -1`);
  return Buffer.from(lines.join("\n"));
};

const longLine =
  (start: string, word: string): Heavy =>
  (dice) =>
    Buffer.from(start + word.repeat(dice.between(10_000, 400_000 / word.length)));

const oneModel = (xml: string, entry: Partial<ZipEntry> = {}): Buffer =>
  zipOf([{ name: "3D/3dmodel.model", content: Buffer.from(xml), ...entry }]);
const model = (resources: string, build: string, attributes = ""): string =>
  `<model xmlns="${coreNamespace}" ${attributes}><resources>${resources}</resources><build>${build}</build></model>`;
const triangle = `<vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/><vertex x="0" y="1" z="0"/>`;
const meshOf = (vertices: string, faces = `<triangle v1="0" v2="1" v3="2"/>`): string =>
  `<mesh><vertices>${vertices}</vertices><triangles>${faces}</triangles></mesh>`;

/** Few triangles and many corners that none of them has, placed again and again. */
const idleVertices: Heavy = (dice) => {
  const many = Array.from(
    { length: dice.between(5_000, 40_000) },
    (_, n) => `<vertex x="${n}" y="0" z="0"/>`,
  );
  const items = `<item objectid="1" transform="1 0 0 0 1 0 0 0 1 ${dice.below(9)} 0 0"/>`.repeat(
    dice.between(100, 19_000),
  );
  return oneModel(model(`<object id="1">${meshOf(triangle + many.join(""))}</object>`, items));
};

/** Ten of ten of ten. */
const multiplied: Heavy = (dice) => {
  const objects = [`<object id="1">${meshOf(triangle)}</object>`];
  for (let id = 2; id < dice.between(4, 30); id++)
    objects.push(
      `<object id="${id}"><components>${`<component objectid="${id - 1}"/>`.repeat(dice.between(2, 40))}</components></object>`,
    );
  return oneModel(model(objects.join(""), `<item objectid="${objects.length}"/>`));
};

/** A file whose model takes its components from so many parts, all of them the same packed bytes. */
function sharing(parts: number, content: Buffer): Buffer {
  const packed = deflateRawSync(content, { level: 9 });
  const components = Array.from(
    { length: parts },
    (_, n) => `<component objectid="1" path="/p${n}.model"/>`,
  ).join("");
  const entries: ZipEntry[] = Array.from({ length: parts }, (_, n) => ({
    name: `p${n}.model`,
    content,
    packed,
    overlaps: n > 0,
  }));
  return zipOf([
    ...entries,
    {
      name: "3D/3dmodel.model",
      content: Buffer.from(
        model(`<object id="1"><components>${components}</components></object>`, `<item objectid="1"/>`),
      ),
    },
  ]);
}

/** Parts that unpack to just what one part may, all from the same packed bytes. */
const sharedParts: Heavy = (dice) => {
  const parts = dice.between(10, 300);
  const filler = " ".repeat(dice.between(1_000, 15_000_000));
  const content = Buffer.from(`<model><resources>${filler}</resources></model>`);
  return sharing(parts, content);
};

/** The same, with objects in each part. */
const sharedObjects: Heavy = (dice) => {
  const parts = dice.between(10, 400);
  const objects = Array.from({ length: dice.between(100, 18_000) }, (_, n) => `<object id="${n}"/>`).join("");
  const content = Buffer.from(model(objects, ""));
  return sharing(parts, content);
};

/** Attributes of hundreds of kilobytes: of prefixes, of numbers, of names. */
const longAttributes: Heavy = (dice) => {
  const length = dice.between(50_000, 900_000);
  switch (dice.below(5)) {
    case 0:
      return oneModel(
        model(
          "",
          "",
          `requiredextensions="${"p ".repeat(length / 2)}" xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"`,
        ),
      );
    case 1: {
      const names = Array.from({ length: 50 }, (_, n) => `xmlns:${"p".repeat(10_000)}${n}="a"`).join(" ");
      return oneModel(
        model(
          "",
          "",
          `${names} requiredextensions="${"q ".repeat(length / 4)}" xmlns:q="http://schemas.microsoft.com/3dmanufacturing/production/2015/06"`,
        ),
      );
    }
    case 2:
      return oneModel(model(`<object id="${"1".repeat(length)}"/>`.repeat(3), ""));
    case 3:
      return oneModel(
        model(Array.from({ length: 20 }, (_, n) => `<object id="${n}${"1".repeat(length)}"/>`).join(""), ""),
      );
    default:
      return oneModel(
        model("", `<item objectid="${"9".repeat(length)}" transform="${"1 ".repeat(length / 2)}"/>`),
      );
  }
};

const bomb: Heavy = (dice) => {
  const size = dice.between(1_000_000, 60_000_000);
  const content = Buffer.alloc(size, dice.pick([" ", "<", "<a>", "<a/>", "<!--", "&", "a='b' ", "\0"]));
  return zipOf([
    { name: "3D/3dmodel.model", content, packed: deflateRawSync(content, { level: 1 }), lies: { crc: 0 } },
  ]);
};

/** A zip of a zip, and thousands of names. */
const manyEntries: Heavy = (dice) => {
  const inner = oneModel(model("", ""));
  const many: ZipEntry[] = Array.from({ length: dice.between(1_000, 9_000) }, (_, n) => ({
    name: `${n}.model`,
    content: inner,
    packed: inner,
    stored: true,
    overlaps: n > 0,
  }));
  return zipOf(many);
};

const heavies: Readonly<Record<string, readonly Heavy[]>> = {
  stl: [binarySoup],
  "stl-ascii": [
    asciiSoup,
    longLine("solid ", "a"),
    longLine("solid\nfacet ", "vertex "),
    longLine("solid\nfacet normal 0 0 0 outer loop vertex ", "1 "),
  ],
  obj: [
    objSoup,
    longLine("v 0 0 0\nv 1 0 0\nv 0 1 0\nf ", "1 2 3 "),
    longLine("v ", "9"),
    longLine("# ", "\\\n"),
    longLine("f 1 ", "\\\r\n"),
  ],
  "3mf": [idleVertices, multiplied, sharedParts, sharedObjects, longAttributes, bomb, manyEntries],
};

export function heavyModel(format: string, dice: Dice): Buffer {
  return dice.pick(heavies[format]!)(dice);
}
