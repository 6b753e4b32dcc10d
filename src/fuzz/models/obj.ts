import type { Dice } from "../dice";
import { oddNumberText } from "./numbers";
import { randomShape } from "./shapes";

const others = [
  "",
  "#",
  "# f 1 2 3",
  "g a b",
  "o é",
  "s off",
  "usemtl x",
  "mtllib a.mtl",
  "vn 0 0 1",
  "vt 0 0",
  "vp 1",
  "l 1 2",
  "p 1",
  "curv 0 1 1 2",
  "call a.obj",
  "\0",
  "f",
  "v",
  "f\\",
  "v 1\\",
];

/** An OBJ whose lines are changed, moved, joined by backslashes, or name corners that are not there. */
export function randomObj(dice: Dice): Buffer {
  const { points, faces } = randomShape(dice);
  const lines = [
    ...points.map((point) => `v ${point.join(" ")}`),
    ...faces.map((face) => faceLine(face, points.length, dice)),
  ];
  for (let changes = dice.oneIn(3) ? 0 : 1 + dice.size(3); changes > 0; changes--) {
    const at = dice.below(lines.length);
    const line = lines[at] ?? "";
    switch (dice.below(9)) {
      case 0:
        lines[at] = swapWord(line, oddNumberText(dice), dice);
        break;
      case 1:
        lines[at] = swapWord(
          line,
          dice.pick(["0", "-1", "-99999", "999999999", "1/", "1//", "1/2/3/4", "/1", "1.5", "1e2"]),
          dice,
        );
        break;
      case 2:
        lines.splice(at, dice.size(4));
        break;
      case 3:
        lines.splice(at, 0, dice.pick(others));
        break;
      case 4:
        lines[at] = line.replaceAll(" ", () => dice.pick([" ", "\\\n", "\\\r\n", "\t", " \\\r"]));
        break;
      case 5:
        lines[at] = `${line}${dice.pick([" 1 2 3", "\\", " # f", "\\\\", " \\ ", "\v"])}`;
        break;
      case 6:
        lines[at] = `f ${Array.from({ length: dice.size(300) }, () => dice.between(-9, 9) || 1).join(" ")}`;
        break;
      case 7:
        // Faces before their corners.
        lines.push(lines.shift() ?? "");
        break;
      default:
        lines[at] = line.slice(0, dice.below(line.length + 1));
    }
    if (lines.length === 0) lines.push("");
  }
  return Buffer.from(lines.join(dice.pick(["\n", "\n", "\r\n", "\r"])) + (dice.oneIn(3) ? "" : "\n"));
}

function faceLine(face: readonly number[], points: number, dice: Dice): string {
  const style = dice.below(4);
  const corner = (index: number): string => {
    if (style === 0) return `${index + 1}/${index + 1}/1`;
    if (style === 1) return `${index + 1}//1`;
    return style === 2 ? `${index - points}` : `${index + 1}`;
  };
  return `f ${face.map(corner).join(" ")}`;
}

function swapWord(line: string, word: string, dice: Dice): string {
  const parts = line.split(" ");
  parts[dice.below(parts.length)] = word;
  return parts.join(" ");
}
