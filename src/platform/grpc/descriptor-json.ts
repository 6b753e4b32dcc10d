import type { JsonValue } from "@bufbuild/protobuf";

export type Field = {
  name: string;
  type: string;
  /** Default: the field's place in the list, from 1. */
  number?: number;
  typeName?: string;
  repeated?: boolean;
  oneofIndex?: number;
};

/** A google.protobuf.DescriptorProto as JSON. */
export function message(
  name: string,
  fields: readonly Field[],
  rest: Record<string, JsonValue> = {},
): JsonValue {
  const field = fields.map(({ type, repeated, ...given }, i) => ({
    number: i + 1,
    type: `TYPE_${type}`,
    label: repeated ? "LABEL_REPEATED" : "LABEL_OPTIONAL",
    ...given,
  }));
  return { name, field, ...rest };
}
