import {
  createFileRegistry,
  type DescField,
  type DescMessage,
  fromBinary,
  type FileRegistry,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { descriptorSet } from "../../gen/descriptors";
import type { Dice } from "../dice";
import { oddText } from "../odd-text";
import { oddValue, varint, writeWire, type WireField } from "./wire";

const registry: FileRegistry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet));

/** The type of a method's request. Throws for a method that the descriptors do not have. */
export function requestOf(service: string, method: string): DescMessage {
  const found = registry.getService(service)?.methods.find(({ name }) => name === method);
  if (!found) throw new Error(`There is no method ${service}/${method}.`);
  return found.input;
}

/** Whole numbers as seconds of a time: years that JavaScript, PostgreSQL or nobody has. */
const seconds = [
  0n,
  1n,
  -1n,
  253402300799n,
  253402300800n,
  -62135596800n,
  -62135596801n,
  8640000000000n,
  8640000000001n,
  -8640000000000n,
  9007199254740991n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

/** Fields of the message's own kinds with odd values: after a valid message's bytes they take the place of what stands there. */
export function oddFields(message: DescMessage, dice: Dice, context: readonly string[], depth = 0): Buffer {
  const { fields } = message;
  if (fields.length === 0) return Buffer.alloc(0);
  const written: WireField[] = [];
  for (let left = depth > 0 ? fields.length : 1 + dice.size(2); left > 0; left--) {
    const field = depth > 0 && dice.oneIn(2) ? fields[left - 1]! : dice.pick(fields);
    const times =
      field.fieldKind === "list" || field.fieldKind === "map" ? dice.size(dice.oneIn(10) ? 3_000 : 5) : 1;
    for (let n = 0; n < times; n++)
      written.push({ no: field.number, ...valueOf(field, dice, context, depth) });
  }
  return writeWire(written);
}

function valueOf(
  field: DescField,
  dice: Dice,
  context: readonly string[],
  depth: number,
): Omit<WireField, "no"> {
  if (field.message?.typeName === "google.protobuf.Timestamp") return { type: 2, value: oddTime(dice) };
  if (field.message !== undefined)
    return {
      type: 2,
      value: depth > 4 ? Buffer.alloc(0) : oddFields(field.message, dice, context, depth + 1),
    };
  if (field.enum !== undefined) {
    const known = dice.oneIn(2)
      ? dice.pick(field.enum.values).number
      : dice.pick([-1, 99, 2 ** 31 - 1, -(2 ** 31)]);
    return { type: 0, value: varint(BigInt(known)) };
  }
  switch (field.scalar) {
    case ScalarType.STRING:
      return { type: 2, value: Buffer.from(dice.oneIn(3) ? dice.pick(context) : oddText(dice)) };
    case ScalarType.BYTES:
      return { type: 2, value: dice.bytes(dice.size(5_000)) };
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return { type: 1, value: oddValue(1, dice) };
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return { type: 5, value: oddValue(5, dice) };
    default:
      return {
        type: field.fieldKind === "map" ? 2 : 0,
        value: field.fieldKind === "map" ? oddValue(2, dice) : oddValue(0, dice),
      };
  }
}

function oddTime(dice: Dice): Buffer {
  const nanos = dice.pick([0n, 999999999n, 1000000000n, -1n, 2n ** 31n - 1n]);
  return writeWire([
    { no: 1, type: 0, value: varint(dice.pick(seconds)) },
    { no: 2, type: 0, value: varint(nanos) },
  ]);
}
