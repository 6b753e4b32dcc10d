import type { Dice } from "../dice";

/** Where readers of numbers go wrong: ends of ranges, subnormal, more digits than a double has, and what only C's printf writes. */
const texts = [
  "0", "-0", "+0", "1", "-1", ".5", "5.", "-.5e-3", "+1e0", "1e22", "1e23", "-1e-22", "9007199254740993", "0.1e-400",
  "1e308", "-1e308", "1.7976931348623157e308", "1e309", "-1e999", "4.9e-324", "2.4703282292062327e-324", "3.4028235e38",
  "123456789012345678901234567890", "0.000000000000000000000000000000000000001", "1e+", "1e", "e5", "--1", "+-1", "1.2.3",
  "nan", "-NaN", "inf", "-Infinity", "1.#INF", "1.#QNAN", "0x10", "1,5", "", "-", ".", "1_000", "٣", "1e99999999999999999999",
  "2147483647", "2147483648", "-2147483649", "4294967296", "999999999", "9999999999",
] as const; // prettier-ignore

const floats = [
  0, -0, 1, -1, NaN, Infinity, -Infinity, 3.4028234663852886e38, -3.4028234663852886e38, 1e-45, 1.17549435e-38, 16777217,
  2147483648, 4294967296, 1e30, -1e30, 0.1, 42.94967297, 21474836.48,
] as const; // prettier-ignore

/** A number as a text model may have it; most are one that a reader has to refuse or to round. */
export function oddNumberText(dice: Dice): string {
  switch (dice.below(5)) {
    case 0:
      return `${(dice.fraction() - 0.5) * 10 ** dice.between(-320, 309)}`;
    case 1:
      return `${dice.oneIn(2) ? "-" : ""}${"0".repeat(dice.size(40))}${digits(dice)}.${digits(dice)}`;
    case 2:
      return `${digits(dice)}e${dice.oneIn(2) ? "-" : ""}${dice.between(0, 400)}`;
    default:
      return dice.pick(texts);
  }
}

/** A number for a float of 32 bits. */
export function oddFloat(dice: Dice): number {
  return dice.oneIn(3) ? dice.pick(floats) : (dice.fraction() - 0.5) * 10 ** dice.between(-45, 39);
}

/** A count or a position, near a power of two or near the truth. */
export function oddCount(dice: Dice, truth: number): number {
  const near = dice.pick([truth, truth * 2, 2 ** dice.below(33), 0, 0xffffffff]);
  return Math.max(0, Math.min(0xffffffff, Math.floor(near) + dice.between(-2, 2)));
}

function digits(dice: Dice): string {
  return Array.from({ length: 1 + dice.size(60) }, () => dice.below(10)).join("");
}
