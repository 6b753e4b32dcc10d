import { create, createFileRegistry, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { findTwoReadings } from "./two-readings";

const field = (name: string, number: number, more = {}) => ({
  name,
  number,
  type: Type.MESSAGE,
  typeName: ".box.Box",
  label: Label.OPTIONAL,
  ...more,
});
const entry = {
  name: "ByNameEntry",
  field: [field("key", 1, { type: Type.STRING, typeName: "" }), field("value", 2)],
  options: { mapEntry: true },
};
const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      {
        name: "box.proto",
        package: "box",
        syntax: "proto3",
        messageType: [
          {
            name: "Box",
            nestedType: [entry],
            field: [
              field("lid", 1),
              field("parts", 2, { label: Label.REPEATED }),
              field("by_name", 3, { label: Label.REPEATED, typeName: ".box.Box.ByNameEntry" }),
              field("text", 4, { type: Type.STRING, typeName: "" }),
              field("sizes", 5, { type: Type.INT32, typeName: "", label: Label.REPEATED }),
              field("weight", 6, { type: Type.DOUBLE, typeName: "" }),
              field("height", 7, { type: Type.FLOAT, typeName: "" }),
              field("sealed", 8, { type: Type.BOOL, typeName: "" }),
            ],
          },
        ],
      },
    ],
  }),
);
const box = registry.getMessage("box.Box")!;
const find = findTwoReadings(box);
const bytesOf = (fields: Record<string, unknown>): Uint8Array => toBinary(box, create(box, fields));
const joined = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);
const lid = bytesOf({ lid: { text: "a" } });

test("what a serialiser writes is told once, however deep and however many", () => {
  expect(find(bytesOf({}))).toBeUndefined();
  expect(
    find(bytesOf({ lid: { lid: { lid: {} } }, parts: [{ lid: {} }, { lid: {} }], text: "a" })),
  ).toBeUndefined();
  expect(find(bytesOf({ byName: { a: { lid: {} }, b: { lid: {} } } }))).toBeUndefined();
});

test("a message that is told twice is found with its path: at the top, in a list, in a map, in itself", () => {
  const twice = joined(lid, lid);
  const asField = (number: number, bytes: Uint8Array) =>
    joined(Buffer.from([(number << 3) | 2, bytes.length]), bytes);
  expect(find(twice)).toBe("lid");
  expect(find(asField(1, twice))).toBe("lid.lid");
  expect(find(joined(lid, asField(2, lid), asField(2, twice)))).toBe("parts.lid");
  expect(find(asField(3, asField(2, twice)))).toBe("by_name.value.lid");
  expect(find(asField(3, joined(asField(2, lid), asField(2, lid))))).toBe("by_name.value");
});

test("texts may be told twice: every reader takes the last", () => {
  const text = bytesOf({ text: "a" });
  expect(find(joined(text, text))).toBeUndefined();
});

test("fields of their own wire types pass, and many numbers alone or in a run", () => {
  expect(find(bytesOf({ text: "a", sizes: [1, 2], weight: 1, height: 2, sealed: true }))).toBeUndefined();
  expect(find(Buffer.from("2801280a", "hex"))).toBeUndefined();
});

test.each([
  ["a text as the beginning of a group", "2302", "text has the wire type 3 instead of 2"],
  ["a number as a text", "4201", "sealed has the wire type 2 instead of 0"],
  ["64 bits as 32", "3500000000", "weight has the wire type 5 instead of 1"],
  ["32 bits as 64", "390000000000000000", "height has the wire type 1 instead of 5"],
  ["many numbers as 32 bits", "2d00000000", "sizes has the wire type 5 instead of 0"],
  ["a message as a number", "0801", "lid has the wire type 0 instead of 2"],
  ["a text in a message", "0a022001", "text has the wire type 0 instead of 2"],
  ["the key of a map", "1a020801", "key has the wire type 0 instead of 2"],
])("%s is not passed over", (_what, hex, message) => {
  expect(() => find(Buffer.from(hex, "hex"))).toThrow(message);
});

test("a field that the type does not know may have any type", () => {
  expect(find(Buffer.from("a00601a20600", "hex"))).toBeUndefined();
});
