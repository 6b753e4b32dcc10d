import type { Dice } from "../dice";
import { oddTextBytes } from "../odd-text";

/** A field as the wire has it: 0 varint, 1 eight bytes, 2 bytes with a length, 5 four bytes. */
export type WireField = { no: number; type: number; value: Buffer };

/** Reads a message that is whole; undefined for bytes that are none. */
export function readWire(bytes: Buffer): WireField[] | undefined {
  const fields: WireField[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    if (tag === undefined || tag.value > 0xffffffffn || tag.value < 8n) return undefined;
    const type = Number(tag.value & 7n);
    let end: number;
    let from = tag.end;
    if (type === 0) end = readVarint(bytes, from)?.end ?? Infinity;
    else if (type === 1) end = from + 8;
    else if (type === 5) end = from + 4;
    else if (type === 2) {
      const length = readVarint(bytes, from);
      from = length?.end ?? Infinity;
      end = from + Number(length?.value ?? Infinity);
    } else return undefined;
    if (!(end <= bytes.length)) return undefined;
    fields.push({ no: Number(tag.value >> 3n), type, value: bytes.subarray(from, end) });
    at = end;
  }
  return fields;
}

export function writeWire(fields: readonly WireField[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ no, type, value }) =>
      type === 2
        ? [varint(BigInt(no * 8 + 2)), varint(BigInt(value.length)), value]
        : [varint(BigInt(no * 8 + type)), value],
    ),
  );
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Buffer.from([...bytes, Number(left)]);
}

function readVarint(bytes: Buffer, from: number): { value: bigint; end: number } | undefined {
  let value = 0n;
  for (let at = from, shift = 0n; at < bytes.length && shift < 70n; at++, shift += 7n) {
    value |= BigInt(bytes[at]! & 127) << shift;
    if (bytes[at]! < 128) return { value, end: at + 1 };
  }
  return undefined;
}

const numbers = [
  0n,
  1n,
  -1n,
  127n,
  128n,
  2n ** 31n - 1n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 32n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const doubles = [NaN, Infinity, -Infinity, -0, 1e308, -1e308, 5e-324, 1.5];

/** A value of a wire type that fits it, whatever the field means. */
export function oddValue(type: number, dice: Dice): Buffer {
  switch (type) {
    case 0:
      return varint(dice.oneIn(3) ? BigInt(dice.below(100)) : dice.pick(numbers));
    case 1: {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(dice.pick(doubles));
      return bytes;
    }
    case 5:
      return dice.bytes(4);
    default:
      return oddTextBytes(dice);
  }
}

/** One to three changes of a message that leave it a message: other values, wire types and numbers, fields that are unknown, missing, repeated; at any depth. */
export function mutateWire(bytes: Buffer, dice: Dice, depth = 0): Buffer {
  const fields = readWire(bytes);
  if (fields === undefined) return oddValue(2, dice);
  for (let left = 1 + dice.size(2); left > 0; left--) {
    const at = dice.below(Math.max(1, fields.length));
    const field = fields[at];
    if (field === undefined || dice.oneIn(8)) {
      fields.push(unknownField(dice));
      continue;
    }
    switch (dice.below(7)) {
      case 0:
      case 1:
        field.value = oddValue(field.type, dice);
        break;
      case 2:
        if (field.type === 2 && depth < 8) field.value = mutateWire(field.value, dice, depth + 1);
        else field.value = oddValue(field.type, dice);
        break;
      case 3:
        field.type = dice.pick([0, 1, 2, 5]);
        field.value = oddValue(field.type, dice);
        break;
      case 4:
        field.no = dice.between(1, 20);
        break;
      case 5:
        fields.splice(at, 1);
        break;
      default:
        for (let times = 1 + dice.size(dice.oneIn(20) ? 20_000 : 20); times > 0; times--) fields.push(field);
    }
  }
  return writeWire(fields);
}

function unknownField(dice: Dice): WireField {
  const type = dice.pick([0, 1, 2, 5]);
  return {
    no: dice.pick([dice.between(1, 30), dice.between(100, 20_000), 2 ** 29 - 1]),
    type,
    value: oddValue(type, dice),
  };
}

/** Bytes that are no message: a cut one, groups without an end or nested deep, varints too long, lengths that lie, field number 0. */
export function brokenWire(bytes: Buffer, dice: Dice): Buffer {
  switch (dice.below(7)) {
    case 0:
      return bytes.subarray(0, dice.below(bytes.length + 1));
    case 1:
      return Buffer.concat([bytes, Buffer.alloc(dice.pick([1, 10, 20_000]), 0x0b)]);
    case 2:
      return Buffer.concat([bytes, Buffer.from("08ffffffffffffffffffffff01", "hex")]);
    case 3:
      return Buffer.concat([
        bytes,
        Buffer.from([0x0a]),
        varint(dice.pick([2n ** 31n, 2n ** 32n - 1n, 2n ** 63n, 1000n])),
      ]);
    case 4:
      return Buffer.concat([bytes, Buffer.from([0x00, 0x01])]);
    case 5:
      return Buffer.concat([bytes, Buffer.from([dice.pick([0x0c, 0x0e, 0x0f])])]);
    default: {
      // Messages within each other, as deep as the bytes go.
      let nested = Buffer.from([0x08, 0x01]);
      for (let depth = dice.pick([10, 200, 3_000]); depth > 0 && nested.length < 100_000; depth--)
        nested = writeWire([{ no: dice.between(1, 4), type: 2, value: nested }]) as Buffer<ArrayBuffer>;
      return nested;
    }
  }
}
