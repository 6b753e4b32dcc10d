import type { DescField, DescMessage, FileRegistry } from "@bufbuild/protobuf";

/** A value that JSON can write and a log may hold. */
export type Loggable =
  null | boolean | number | string | readonly Loggable[] | { readonly [key: string]: Loggable };

/** Makes a decoded message loggable. */
export type Redactor = (message: unknown) => Loggable;

/** What stands in the place of a value that its proto marks with `debug_redact`. */
export const redacted = "[redacted]";

const longestText = 256;
const mostItems = 20;
const mostDepth = 6;
/** Values in one message, all depths together. */
const mostValues = 300;

/**
 * Makes the redactor of a message type: fields with the standard option `[debug_redact = true]` (google/protobuf/descriptor.proto) become "[redacted]", at every depth, in lists,
 * maps and oneofs too; bytes become their length; texts are cut after 256 characters, lists and maps after 20 entries, the whole after depth 6 and 300 values.
 * Takes what ts-proto and `@grpc/proto-loader` decode. It fails closed: a property that the type does not know is not shown, and of a type that the registry does not know nothing is.
 */
export function redactorOf(registry: FileRegistry, typeName: string): Redactor {
  const type = registry.getMessage(typeName);
  if (!type) return () => `[${typeName} is not in the descriptors]`;
  return (message) => new Walk().message(type, message, 0);
}

/** True when the field's proto says that its value is for nobody's eyes. */
export function isRedacted({ proto }: Pick<DescField, "proto">): boolean {
  return proto.options?.debugRedact === true;
}

class Walk {
  #left = mostValues;

  message(type: DescMessage, message: unknown, depth: number): Loggable {
    if (message instanceof Date) return dateText(message);
    if (message === null || message === undefined) return null;
    // Wrappers and google.protobuf.Struct are plain values in ts-proto.
    if (type.typeName.startsWith("google.protobuf.")) return this.#plain(type, message, depth);
    if (typeof message !== "object") return `[no ${type.typeName}]`;
    if (depth >= mostDepth) return "[deeper]";
    const names = namesOf(type);
    const shown: Record<string, Loggable> = {};
    for (const [key, value] of Object.entries(message)) {
      if (value === undefined) continue;
      if (this.#left-- <= 0) {
        shown["…"] = "more";
        break;
      }
      const field = names.fields.get(key);
      if (field) shown[key] = this.#field(field, value, depth);
      else if (names.oneofs.has(key)) this.#oneof(names, value, depth, shown);
      else shown[key] = "[unknown]";
    }
    return shown;
  }

  /** ts-proto: `{ $case, value }`, shown as if the case were a field; proto-loader: the case's name. */
  #oneof(names: Names, value: unknown, depth: number, shown: Record<string, Loggable>): void {
    if (typeof value !== "object" || value === null) return;
    const { $case, value: inner } = value as { $case?: unknown; value?: unknown };
    const field = typeof $case === "string" ? names.fields.get($case) : undefined;
    if (field) shown[String($case)] = this.#field(field, inner, depth);
  }

  #field(field: DescField, value: unknown, depth: number): Loggable {
    if (isRedacted(field)) return redacted;
    if (field.fieldKind === "list") return this.#list(value, (each) => this.#single(field, each, depth + 1));
    if (field.fieldKind === "map") return this.#map(field, value, depth + 1);
    return this.#single(field, value, depth + 1);
  }

  #single(field: DescField, value: unknown, depth: number): Loggable {
    if (field.message) return this.message(field.message, value, depth);
    return scalar(value);
  }

  #list(value: unknown, show: (each: unknown) => Loggable): Loggable {
    if (!Array.isArray(value)) return "[no list]";
    const shown: Loggable[] = [];
    for (const each of value.slice(0, mostItems)) {
      if (this.#left-- <= 0) break;
      shown.push(show(each));
    }
    if (shown.length < value.length) shown.push(`… ${value.length - shown.length} more`);
    return shown;
  }

  #map(field: DescField, value: unknown, depth: number): Loggable {
    if (typeof value !== "object" || value === null) return "[no map]";
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    const shown: Record<string, Loggable> = {};
    let count = 0;
    for (const [key, each] of entries.slice(0, mostItems)) {
      if (this.#left-- <= 0) break;
      shown[cut(String(key))] = this.#single(field, each, depth);
      count++;
    }
    if (count < entries.length) shown["…"] = `${entries.length - count} more`;
    return shown;
  }

  /** A well-known type: nothing in it can be marked. */
  #plain(type: DescMessage, value: unknown, depth: number): Loggable {
    if (typeof value !== "object" || value === null || isBytes(value)) return scalar(value);
    if (depth >= mostDepth) return "[deeper]";
    if (Array.isArray(value)) return this.#list(value, (each) => this.#plain(type, each, depth + 1));
    const shown: Record<string, Loggable> = {};
    for (const [key, each] of Object.entries(value).slice(0, mostItems)) {
      if (this.#left-- <= 0) break;
      // What an Any holds may have marked fields of its own.
      if (type.typeName === "google.protobuf.Any" && !/type/i.test(key)) continue;
      shown[cut(key)] = this.#plain(type, each, depth + 1);
    }
    return shown;
  }
}

/** A message's properties by the names that decoders give them. */
type Names = { fields: ReadonlyMap<string, DescField>; oneofs: ReadonlySet<string> };
const known = new WeakMap<DescMessage, Names>();

function namesOf(type: DescMessage): Names {
  const found = known.get(type);
  if (found) return found;
  const names: Names = {
    fields: new Map(
      type.fields.flatMap((field) =>
        [field.name, field.localName, field.jsonName].map((name) => [name, field] as const),
      ),
    ),
    oneofs: new Set(type.oneofs.flatMap(({ name, localName }) => [name, localName])),
  };
  known.set(type, names);
  return names;
}

function scalar(value: unknown): Loggable {
  if (value instanceof Date) return dateText(value);
  if (isBytes(value)) return `[${value.byteLength} bytes]`;
  switch (typeof value) {
    case "string":
      return cut(value);
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return String(value);
    default:
      return null;
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}… (${text.length} characters)`;
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? "[no date]" : date.toISOString();
}
