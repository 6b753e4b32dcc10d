import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** The fields of a type that hold messages, by number. */
type Plan = Map<number, { name: string; isOne: boolean; inner: Plan }>;

/**
 * Finds a message within a message that the bytes tell twice, though the field holds one, at any depth; `undefined` for a type that has no such field. The specification has its parts merged
 * (https://protobuf.dev/programming-guides/encoding/#last-one-wins), which protobuf-es does; ts-proto and protobuf.js keep the last part only. What is held against the rules would not be what a handler gets. No
 * serialiser writes such bytes.
 *
 * What is made takes bytes that protobuf-es has read, and gives the path of the field.
 */
export function findToldTwice(type: DescMessage): ((bytes: Uint8Array) => string | undefined) | undefined {
  const plans = new Map<string, Plan>();
  const plan = planOf(type, plans);
  const any = [...plans.values()].some((each) => [...each.values()].some(({ isOne }) => isOne));
  return any ? (bytes) => search(plan, new BinaryReader(bytes)) : undefined;
}

function planOf(type: DescMessage, plans: Map<string, Plan>): Plan {
  const known = plans.get(type.typeName);
  if (known) return known;
  const plan: Plan = new Map();
  // Before its fields: a message may hold its own kind.
  plans.set(type.typeName, plan);
  for (const field of type.fields)
    if (field.message)
      plan.set(field.number, {
        name: field.name,
        isOne: field.fieldKind === "message",
        inner: innerOf(field, planOf(field.message, plans)),
      });
  return plan;
}

/** The entry of a map is a message with the value as its field 2. */
function innerOf({ fieldKind }: DescField, plan: Plan): Plan {
  return fieldKind === "map" ? new Map([[2, { name: "value", isOne: true, inner: plan }]]) : plan;
}

function search(plan: Plan, reader: BinaryReader): string | undefined {
  const seen = new Set<number>();
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = plan.get(number);
    if (!field || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
      continue;
    }
    if (field.isOne && seen.has(number)) return field.name;
    seen.add(number);
    const bytes = reader.bytes();
    const within = field.inner.size > 0 ? search(field.inner, new BinaryReader(bytes)) : undefined;
    if (within !== undefined) return `${field.name}.${within}`;
  }
  return undefined;
}
