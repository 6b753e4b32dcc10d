import type { Dice } from "../dice";
import { oddText } from "../odd-text";

const raw = [
  "1e999",
  "-0",
  "1e-400",
  "01",
  "9007199254740993",
  "-1",
  "1.5",
  "null",
  "true",
  "[]",
  "{}",
  "NaN",
  "undefined",
  "'a'",
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\x"',
  '"',
  "[",
  "{",
  "/*a*/1",
];

/** A body of fields that are nearly right: values of other kinds, keys that are special, fields twice, or no JSON. */
export function oddJson(fields: object, dice: Dice): Buffer {
  if (dice.oneIn(8)) return noJson(dice);
  const entries = Object.entries(fields).map(
    ([name, value]) => [name, JSON.stringify(value, plain)] as [string, string | undefined],
  );
  for (let left = 1 + dice.size(2); left > 0; left--) {
    const at = dice.below(entries.length + 1);
    const entry = entries[at];
    if (entry === undefined || dice.oneIn(6))
      entries.push([
        dice.pick(["__proto__", "constructor", "prototype", "", "a.b", "extra"]),
        oddJsonValue(dice),
      ]);
    else if (dice.oneIn(8)) entries.splice(at, 1);
    else if (dice.oneIn(8)) entries.push([entry[0], oddJsonValue(dice)]);
    else entry[1] = oddJsonValue(dice);
  }
  return Buffer.from(
    `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value ?? "null"}`).join(",")}}`,
  );
}

function oddJsonValue(dice: Dice): string {
  if (dice.oneIn(2)) return JSON.stringify(oddText(dice));
  if (dice.oneIn(12)) return nested(dice);
  return dice.oneIn(4) ? `{"material":${dice.pick(raw)},"quantity":${dice.pick(raw)}}` : dice.pick(raw);
}

function noJson(dice: Dice): Buffer {
  if (dice.oneIn(3)) return dice.bytes(dice.size(2_000));
  return Buffer.from(
    dice.oneIn(2)
      ? nested(dice)
      : dice.pick(["", " ", "null", "[]", "1", '"a"', "{", "\ufeff{}", "a=b&c=d", "{}{}", "\0"]),
  );
}

function nested(dice: Dice): string {
  const depth = dice.pick([10, 1_000, 30_000]);
  return dice.oneIn(2)
    ? "[".repeat(depth) + "]".repeat(depth)
    : `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

const plain = (_name: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
