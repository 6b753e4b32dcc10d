import type { DescMessage, Message } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { isRedacted } from "./redact";

/**
 * The texts of all values below fields marked `debug_redact`, so that a text made by others, an author's rule above all, can be searched for them. Booleans and
 * empty values are left out: they are in every text.
 */
export function redactedValues(type: DescMessage, message: Message): string[] {
  const found = new Set<string>();
  collect(reflect(type, message), false, found);
  found.delete("");
  return [...found];
}

/** Whether marked fields occur in the type, at any depth. */
export function hasRedacted(type: DescMessage, seen = new Set<string>()): boolean {
  if (seen.has(type.typeName)) return false;
  seen.add(type.typeName);
  return type.fields.some(
    (field) => isRedacted(field) || (field.message !== undefined && hasRedacted(field.message, seen)),
  );
}

function collect(message: ReflectMessage, marked: boolean, found: Set<string>): void {
  for (const field of message.desc.fields) {
    if (!message.isSet(field)) continue;
    const inside = marked || isRedacted(field);
    const take = (value: unknown): void => {
      if (field.message) collect(value as ReflectMessage, inside, found);
      else if (inside) add(value, found);
    };
    if (field.fieldKind === "list") for (const each of message.get(field)) take(each);
    else if (field.fieldKind === "map") {
      for (const [key, each] of message.get(field)) {
        if (inside) add(key, found);
        take(each);
      }
    } else take(message.get(field));
  }
}

function add(value: unknown, found: Set<string>): void {
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value);
    for (const encoding of ["utf8", "hex", "base64"] as const) found.add(bytes.toString(encoding));
  } else if (typeof value !== "boolean") found.add(String(value));
}
