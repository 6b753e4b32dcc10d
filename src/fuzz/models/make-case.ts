import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type LengthUnit, MM_PER_UNIT, type ModelFormat } from "../../services/pricing/geometry";
import { Dice } from "../dice";
import { heavyModel } from "./heavy";
import { mutateBytes } from "./mutate-bytes";
import { randomObj } from "./obj";
import { randomAsciiStl, randomBinaryStl } from "./stl";
import { randomThreeMf } from "./three-mf";

/** What is fuzzed: the formats, with the two of STL apart. */
export const fuzzedFormats = ["stl", "stl-ascii", "obj", "3mf"] as const;
export type FuzzedFormat = (typeof fuzzedFormats)[number];

export type ModelCase = {
  bytes: Buffer;
  format: ModelFormat;
  unit: LengthUnit;
  /** How many bytes come at a time. */
  chunk: number;
};

const generators: Readonly<Record<FuzzedFormat, (dice: Dice) => Buffer>> = {
  stl: randomBinaryStl,
  "stl-ascii": randomAsciiStl,
  obj: randomObj,
  "3mf": randomThreeMf,
};

const samplesFolder = join(__dirname, "../../../samples");
const endings: Readonly<Record<FuzzedFormat, RegExp>> = {
  stl: /(?<!ascii)\.stl$/,
  "stl-ascii": /\.ascii\.stl$/,
  obj: /\.obj$/,
  "3mf": /\.3mf$/,
};
const samples = new Map<FuzzedFormat, Buffer[]>();

/** One in so many is large; made and measured it takes as long as hundreds of others. */
const heavyEvery = 1_000;

/** Case `n` of a seed: always the same one. */
export function makeModelCase(fuzzed: FuzzedFormat, seed: number, n: number): ModelCase {
  const dice = Dice.of("models", fuzzed, seed, n);
  const bytes = bytesOf(fuzzed, dice, n % heavyEvery === heavyEvery - 1);
  const own: ModelFormat = fuzzed === "stl-ascii" ? "stl" : fuzzed;
  return {
    bytes,
    format: dice.oneIn(60) ? dice.pick(["stl", "obj", "3mf"] as const) : own,
    unit: dice.oneIn(3) ? dice.pick(Object.keys(MM_PER_UNIT) as LengthUnit[]) : "millimeter",
    chunk: dice.oneIn(4) ? 1 + dice.size(5_000) : 65_536,
  };
}

function bytesOf(fuzzed: FuzzedFormat, dice: Dice, heavy: boolean): Buffer {
  if (heavy) return heavyModel(fuzzed, dice);
  const generate = generators[fuzzed];
  // A sample takes ten times as long as a made one.
  if (dice.oneIn(20)) return mutateBytes(dice.pick(samplesOf(fuzzed)), dice, dice.pick(samplesOf(fuzzed)));
  const made = generate(dice);
  return dice.oneIn(8) ? mutateBytes(made, dice, generate(dice)) : made;
}

function samplesOf(fuzzed: FuzzedFormat): Buffer[] {
  const known = samples.get(fuzzed);
  if (known) return known;
  const names = readdirSync(samplesFolder)
    .filter((name) => endings[fuzzed].test(name))
    .sort();
  const read = names.map((name) => readFileSync(join(samplesFolder, name)));
  samples.set(fuzzed, read);
  return read;
}
