import { create, createFileRegistry, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorSetSchema,
  file_google_protobuf_timestamp,
} from "@bufbuild/protobuf/wkt";
import { createChecks } from "./validation";

const field = (name: string, number: number, type: Type, more = {}) => ({
  name,
  number,
  type,
  label: Label.OPTIONAL,
  ...more,
});
const time = { typeName: ".google.protobuf.Timestamp" };
const registry = createFileRegistry(
  create(FileDescriptorSetSchema, {
    file: [
      file_google_protobuf_timestamp.proto,
      {
        name: "note.proto",
        package: "note",
        syntax: "proto3",
        dependency: ["google/protobuf/timestamp.proto"],
        messageType: [
          {
            name: "Note",
            field: [
              field("text", 1, Type.STRING),
              field("tags", 2, Type.STRING, { label: Label.REPEATED }),
              field("inner", 3, Type.MESSAGE, { typeName: ".note.Note" }),
              field("spoken", 4, Type.STRING, { oneofIndex: 0 }),
              field("bytes", 5, Type.BYTES, { oneofIndex: 0 }),
            ],
            oneofDecl: [{ name: "body" }],
          },
          { name: "Since", field: [field("at", 1, Type.MESSAGE, time), field("name", 2, Type.STRING)] },
        ],
        service: [
          {
            name: "Notes",
            method: [
              { name: "Take", inputType: ".note.Note", outputType: ".note.Note" },
              { name: "List", inputType: ".note.Since", outputType: ".note.Note" },
            ],
          },
        ],
      },
    ],
  }),
);

function told(method: string, type: string, fields: Record<string, unknown>): string {
  const bytes = toBinary(registry.getMessage(type)!, create(registry.getMessage(type)!, fields));
  return toldOf(method, bytes);
}

function toldOf(method: string, bytes: Uint8Array): string {
  const service = { name: "Notes", fullName: "note.Notes", methods: {} };
  const check = createChecks(registry)(service, { name: method } as never)!;
  try {
    check(bytes);
    return "well";
  } catch (error) {
    const { category, reason, message } = error as { category: string; reason: string; message: string };
    return `${category} ${reason} ${message}`;
  }
}

const note = (fields: Record<string, unknown>) => told("Take", "note.Note", fields);
const since = (seconds: bigint, nanos = 0) => told("List", "note.Since", { at: { seconds, nanos } });
const nul = "must not hold the character U+0000";

test("a text with U+0000 is refused with its field, wherever it stands", () => {
  expect(note({ text: "a", tags: ["b"], inner: { text: "c" } })).toBe("well");
  expect(note({ text: "a\0" })).toBe(`invalid_argument INVALID_FIELDS text: ${nul}`);
  expect(note({ tags: ["a", "\0"] })).toBe(`invalid_argument INVALID_FIELDS tags[1]: ${nul}`);
  expect(note({ inner: { inner: { text: "\0" } } })).toContain(`inner.inner.text: ${nul}`);
  expect(note({ body: { case: "spoken", value: "\0" } })).toContain(`spoken: ${nul}`);
});

test("bytes may hold what they like", () => {
  expect(note({ body: { case: "bytes", value: Buffer.alloc(9) } })).toBe("well");
});

test("a time is one of the years 1 to 9999", () => {
  for (const seconds of [0n, -62_135_596_800n, 253_402_300_799n]) expect(since(seconds)).toBe("well");
  for (const seconds of [-62_135_596_801n, 253_402_300_800n, 2n ** 63n - 1n, -(2n ** 63n)])
    expect(since(seconds)).toBe("invalid_argument INVALID_FIELDS at: must be a time of the years 1 to 9999");
  expect(since(0n, -1)).toContain("at: must be");
  expect(since(0n, 1_000_000_000)).toContain("at: must be");
});

test.each([
  ["text that is no UTF-8", "0a01ff"],
  ["a field of another wire type that runs beyond the end", "0d01"],
  ["a length beyond the end", "0a05"],
])("%s is MALFORMED_REQUEST, whatever a laxer reader makes of it", (_what, hex) => {
  expect(toldOf("List", Buffer.from(hex, "hex"))).toMatch(/^invalid_argument MALFORMED_REQUEST/);
});
