import { create, createFileRegistry, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { findToldTwice } from "./told-twice";

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
            ],
          },
          {
            name: "Flat",
            field: [
              field("text", 1, { type: Type.STRING, typeName: "" }),
              field("many", 2, { type: Type.STRING, typeName: "", label: Label.REPEATED }),
            ],
          },
        ],
      },
    ],
  }),
);
const box = registry.getMessage("box.Box")!;
const find = findToldTwice(box)!;
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
  expect(findToldTwice(registry.getMessage("box.Flat")!)).toBeUndefined();
});
