import type { Dice } from "../dice";

const interesting = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x22, 0x2d, 0x2e, 0x3c, 0x3e, 0x5c, 0x65];

type Mutation = (bytes: Buffer, dice: Dice, other: Buffer) => Buffer;

const flipBit: Mutation = (bytes, dice) => {
  bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8);
  return bytes;
};

const setByte: Mutation = (bytes, dice) => {
  bytes[dice.below(bytes.length)] = dice.oneIn(2) ? dice.pick(interesting) : dice.below(256);
  return bytes;
};

const setWord: Mutation = (bytes, dice) => {
  if (bytes.length < 4) return bytes;
  const value = dice.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fc00000, 0x7f800000, bytes.length]);
  bytes.writeUInt32LE(value >>> 0, dice.below(bytes.length - 3));
  return bytes;
};

const cut: Mutation = (bytes, dice) => bytes.subarray(0, dice.below(bytes.length));

const takeOut: Mutation = (bytes, dice) => {
  const from = dice.below(bytes.length);
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + dice.size(bytes.length - from))]);
};

const repeat: Mutation = (bytes, dice) => {
  const from = dice.below(bytes.length);
  const piece = bytes.subarray(from, from + dice.size(Math.min(4096, bytes.length - from)));
  const times = Array.from({ length: 1 + dice.size(20) }, () => piece);
  return Buffer.concat([bytes.subarray(0, from), ...times, bytes.subarray(from)]);
};

const insert: Mutation = (bytes, dice) => {
  const at = dice.below(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), dice.bytes(1 + dice.size(64)), bytes.subarray(at)]);
};

/** A stretch of another file, or of another place of this one. */
const splice: Mutation = (bytes, dice, other) => {
  const from = dice.below(Math.max(1, other.length));
  const piece = other.subarray(from, from + dice.size(Math.min(8192, other.length - from)));
  const at = dice.below(bytes.length);
  return Buffer.concat([
    bytes.subarray(0, at),
    piece,
    bytes.subarray(dice.oneIn(2) ? at : at + piece.length),
  ]);
};

const append: Mutation = (bytes, dice) => Buffer.concat([bytes, dice.bytes(1 + dice.size(200))]);

const mutations = [flipBit, flipBit, setByte, setByte, setWord, cut, takeOut, repeat, insert, splice, append];

/** The bytes with one to six changes of no regard for what they mean. The given ones stay as they are. */
export function mutateBytes(bytes: Buffer, dice: Dice, other: Buffer = bytes): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = 1 + dice.size(5); left > 0 && changed.length > 0; left--)
    changed = dice.pick(mutations)(changed, dice, other);
  return changed;
}
