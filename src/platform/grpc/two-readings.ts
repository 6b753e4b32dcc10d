import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** The fields of a type, by number. */
type Plan = Map<number, PlannedField>;

type PlannedField = {
  name: string;
  /** Of one of its values. */
  wireType: WireType;
  /** Many numbers, which may stand in one run of bytes too. */
  isPacked: boolean;
  /** It holds one message. */
  isOne: boolean;
  inner?: Plan;
};

/**
 * Finds what two readers take differently, so that what is held against the rules would not be what a handler gets. No serialiser writes such bytes.
 *
 * What is made throws for a field of another wire type: protobuf-es reads it as its own, ts-proto and protobuf.js skip it as one that they do not know. It gives the path of a message within a message
 * that is told twice, though the field holds one, at any depth: the specification has its parts merged (https://protobuf.dev/programming-guides/encoding/#last-one-wins), which protobuf-es does;
 * ts-proto and protobuf.js keep the last part only.
 */
export function findTwoReadings(type: DescMessage): (bytes: Uint8Array) => string | undefined {
  const plan = planOf(type, new Map());
  return (bytes) => search(plan, new BinaryReader(bytes));
}

function planOf(type: DescMessage, plans: Map<string, Plan>): Plan {
  const known = plans.get(type.typeName);
  if (known) return known;
  const plan: Plan = new Map();
  // Before its fields: a message may hold its own kind.
  plans.set(type.typeName, plan);
  for (const field of type.fields) plan.set(field.number, planned(field, plans));
  return plan;
}

function planned(field: DescField, plans: Map<string, Plan>): PlannedField {
  const { name } = field;
  const within = field.message && planOf(field.message, plans);
  if (field.fieldKind === "map")
    return { ...one(name, WireType.LengthDelimited), inner: entryOf(field, within) };
  if (within)
    return { ...one(name, WireType.LengthDelimited), isOne: field.fieldKind === "message", inner: within };
  const wireType = field.scalar === undefined ? WireType.Varint : wireTypeOf(field.scalar);
  const isPacked = field.fieldKind === "list" && wireType !== WireType.LengthDelimited;
  return { ...one(name, wireType), isPacked };
}

/** The entry of a map is a message with the key as its field 1 and the value as its field 2. */
function entryOf(field: DescField & { fieldKind: "map" }, within: Plan | undefined): Plan {
  const value = within
    ? { ...one("value", WireType.LengthDelimited), isOne: true, inner: within }
    : one("value", field.scalar === undefined ? WireType.Varint : wireTypeOf(field.scalar));
  return new Map([
    [1, one("key", wireTypeOf(field.mapKey))],
    [2, value],
  ]);
}

function one(name: string, wireType: WireType): PlannedField {
  return { name, wireType, isPacked: false, isOne: false };
}

/** https://protobuf.dev/programming-guides/encoding/#structure */
function wireTypeOf(scalar: ScalarType): WireType {
  switch (scalar) {
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    default:
      return WireType.Varint;
  }
}

function search(plan: Plan, reader: BinaryReader): string | undefined {
  let seen: Set<number> | undefined;
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = plan.get(number);
    if (field && wireType !== field.wireType && !(field.isPacked && wireType === WireType.LengthDelimited))
      throw new Error(`${field.name} has the wire type ${wireType} instead of ${field.wireType}.`);
    if (!field?.inner) {
      reader.skip(wireType, number);
      continue;
    }
    if (field.isOne && seen?.has(number)) return field.name;
    (seen ??= new Set()).add(number);
    const within = search(field.inner, new BinaryReader(reader.bytes()));
    if (within !== undefined) return `${field.name}.${within}`;
  }
  return undefined;
}
