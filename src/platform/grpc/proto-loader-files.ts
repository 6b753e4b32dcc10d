import { create, type DescFile, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FieldDescriptorProto,
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/** protobuf's own files; each after what it imports. */
const wellKnown: readonly DescFile[] = [
  file_google_protobuf_any,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  file_google_protobuf_type,
  file_google_protobuf_api,
];

/** A type's full name, with its dot in front, and the file that it is in. */
type Types = Map<string, FileDescriptorProto>;

/**
 * Makes of proto-loader's descriptors a serialized FileDescriptorSet that others can read. proto-loader (0.8.1, by protobufjs) gives one file per package, without
 * imports, with relative type names and with map entries under their field's name, and it leaves custom options out: so what comes of it describes, and has no
 * rules. A relative name is looked up from the inside out; a type that another one shadows may be described as that one. Undefined when packages import each other
 * in a circle, for no such files can exist.
 */
export function repairFiles(buffers: readonly Uint8Array[]): Uint8Array | undefined {
  const own = buffers
    .map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
    .filter(({ package: name }) => name !== "google.protobuf");
  const types: Types = new Map();
  const all = [...wellKnown.map(({ proto }) => proto), ...own];
  for (const file of all)
    for (const type of file.messageType) addTypes(types, file, `.${file.package}`, type);
  for (const file of all) for (const { name } of file.enumType) types.set(`.${file.package}.${name}`, file);
  for (const file of own) repairFile(file, types);
  const file = inOrderOfImport(own, all);
  return file && toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
}

function addTypes(types: Types, file: FileDescriptorProto, scope: string, type: DescriptorProto): void {
  const name = `${scope}.${type.name}`;
  types.set(name, file);
  for (const each of type.enumType) types.set(`${name}.${each.name}`, file);
  for (const each of type.nestedType) addTypes(types, file, name, each);
}

function repairFile(file: FileDescriptorProto, types: Types): void {
  const imports = new Set<string>();
  const resolve = (scope: string, name: string): string => {
    const found = lookUp(types, scope, name);
    const from = types.get(found);
    if (from && from !== file) imports.add(from.name);
    return found;
  };
  const scope = `.${file.package}`;
  for (const type of file.messageType) repairMessage(type, `${scope}.${type.name}`, resolve);
  for (const field of file.extension) repairField(field, scope, resolve);
  for (const method of file.service.flatMap((service) => service.method)) {
    method.inputType = resolve(scope, method.inputType);
    method.outputType = resolve(scope, method.outputType);
  }
  file.dependency = [...imports];
}

type Resolve = (scope: string, name: string) => string;

function repairMessage(message: DescriptorProto, scope: string, resolve: Resolve): void {
  for (const field of [...message.field, ...message.extension]) repairField(field, scope, resolve);
  for (const nested of message.nestedType) {
    repairMessage(nested, `${scope}.${nested.name}`, resolve);
    if (!nested.options?.mapEntry) continue;
    // Readers demand protoc's name for a map's entry.
    const entry = `${nested.name.replace(/_+([^_])/g, (_match, letter: string) => letter.toUpperCase())}Entry`;
    const field = message.field.find(({ typeName }) => typeName === `${scope}.${nested.name}`);
    if (field) field.typeName = `${scope}.${entry}`;
    nested.name = entry;
  }
  markOptionals(message);
}

/** Says which oneofs only stand for an optional field; they have to come last. */
function markOptionals(message: DescriptorProto): void {
  const oneofs = message.oneofDecl.map((oneof, index) => {
    const fields = message.field.filter((field) => inOneof(field, index));
    const [only] = fields;
    const isOptional = fields.length === 1 && oneof.name === `_${only?.name}`;
    if (only && isOptional) only.proto3Optional = true;
    return { oneof, fields, isOptional };
  });
  const sorted = [...oneofs.filter((each) => !each.isOptional), ...oneofs.filter((each) => each.isOptional)];
  message.oneofDecl = sorted.map(({ oneof }) => oneof);
  for (const [index, { fields }] of sorted.entries()) for (const field of fields) field.oneofIndex = index;
}

/** In proto2 an index that was not set reads 0, so the presence counts. */
function inOneof(field: FieldDescriptorProto, index: number): boolean {
  return Object.hasOwn(field, "oneofIndex") && field.oneofIndex === index;
}

function repairField(field: FieldDescriptorProto, scope: string, resolve: Resolve): void {
  if (field.typeName !== "") field.typeName = resolve(scope, field.typeName);
  if (field.extendee !== "") field.extendee = resolve(scope, field.extendee);
}

/** The full name of what `name` means in a scope; as it is where nothing is known of it. */
function lookUp(types: Types, scope: string, name: string): string {
  if (name.startsWith(".")) return name;
  for (let within = scope; ; within = within.slice(0, within.lastIndexOf("."))) {
    if (types.has(`${within}.${name}`)) return `${within}.${name}`;
    if (within === "") return name;
  }
}

/** Each file after its imports, which are added; undefined for a circle. */
function inOrderOfImport(
  files: readonly FileDescriptorProto[],
  all: readonly FileDescriptorProto[],
): FileDescriptorProto[] | undefined {
  const sorted = new Set<FileDescriptorProto>();
  const visit = (file: FileDescriptorProto | undefined, path: readonly FileDescriptorProto[]): boolean => {
    if (!file || sorted.has(file)) return true;
    if (path.includes(file)) return false;
    const imports = file.dependency.map((name) => all.find((each) => each.name === name));
    if (!imports.every((each) => visit(each, [...path, file]))) return false;
    sorted.add(file);
    return true;
  };
  return files.every((file) => visit(file, [])) ? [...sorted] : undefined;
}
