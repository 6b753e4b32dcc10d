import type { Dice } from "../dice";
import { oddCount, oddFloat, oddNumberText } from "./numbers";
import { randomShape, type Shape } from "./shapes";

/** A binary STL, right or with lies: about the count of triangles, in the header, in coordinates, at the end. */
export function randomBinaryStl(dice: Dice): Buffer {
  const { points, faces } = randomShape(dice);
  const bytes = Buffer.alloc(84 + 50 * faces.length);
  bytes.write(
    dice.pick(["", "binary", "solid", "solid cube\nfacet normal", "PK\x03\x04", "v 1 2 3\n"]),
    "latin1",
  );
  bytes.writeUInt32LE(dice.oneIn(5) ? oddCount(dice, faces.length) : faces.length, 80);
  faces.forEach((face, n) =>
    face.forEach((corner, vertex) =>
      points[corner]!.forEach((value, axis) =>
        writeFloat(bytes, 84 + 50 * n + 12 + 12 * vertex + 4 * axis, value),
      ),
    ),
  );
  if (dice.oneIn(4))
    writeFloat(bytes, 84 + 50 * dice.below(faces.length) + 4 * dice.below(12), oddFloat(dice));
  if (dice.oneIn(8)) return bytes.subarray(0, dice.below(bytes.length));
  if (dice.oneIn(8)) return Buffer.concat([bytes, dice.bytes(1 + dice.size(120))]);
  return bytes;
}

/** Beyond the range of a float a value becomes infinite, as it would be in a file. */
function writeFloat(bytes: Buffer, at: number, value: number): void {
  bytes.writeFloatLE(Math.fround(value), at);
}

const words = [
  "facet",
  "endfacet",
  "endloop",
  "endsolid",
  "outer",
  "loop",
  "vertex",
  "solid",
  "normal",
  "end",
  "VERTEX",
  "#",
  "\0",
  "é",
];

/** An ASCII STL as a list of words, of which some are changed, left out, repeated or not there. */
export function randomAsciiStl(dice: Dice): Buffer {
  const tokens = tokensOf(randomShape(dice), dice);
  for (let changes = dice.oneIn(3) ? 0 : 1 + dice.size(2); changes > 0; changes--) {
    const at = dice.below(tokens.length);
    const piece = tokens.slice(at, at + dice.size(24));
    switch (dice.below(6)) {
      case 0:
        tokens[at] = oddNumberText(dice);
        break;
      case 1:
        tokens[at] = dice.pick(words);
        break;
      case 2:
        tokens.splice(at, dice.size(12));
        break;
      case 3:
        tokens.splice(at, 0, ...piece);
        break;
      case 4:
        tokens.splice(at, 0, dice.pick(["\n", "\r", "\t", "\\\n", "\v", "\x1a", "\ufeff"]));
        break;
      default:
        tokens.length = at + 1;
    }
  }
  const space = dice.oneIn(12) ? dice.pick(["\r\n", "\n"]) : dice.pick([" ", "  ", "\t"]);
  return Buffer.from(tokens.join(space) + (dice.oneIn(3) ? "" : "\n"));
}

function tokensOf({ points, faces }: Shape, dice: Dice): string[] {
  const end = dice.pick(["\n", "\n", "\r\n", "\r"]);
  const tokens = ["solid", dice.pick(["cube", "", "é\u0301", "a b c"]), end];
  for (const face of faces) {
    tokens.push("facet", "normal", "0", "0", "0", end, "outer", "loop", end);
    for (const corner of face) tokens.push("vertex", ...points[corner]!.map(String), end);
    tokens.push("endloop", end, "endfacet", end);
  }
  return [...tokens, "endsolid", "cube"];
}
