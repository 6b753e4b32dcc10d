import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { FieldViolation } from "../errors";

const timestamp = "google.protobuf.Timestamp";
/** From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z: all that a Timestamp may be, says its proto. */
const firstSecond = -62_135_596_800n;
const lastSecond = 253_402_300_799n;

/** Whether a message of this type may hold a time, at any depth. */
export function holdsTimes(type: DescMessage, seen = new Set<string>()): boolean {
  if (type.typeName === timestamp) return true;
  if (seen.has(type.typeName)) return false;
  seen.add(type.typeName);
  return type.fields.some(({ message }) => message !== undefined && holdsTimes(message, seen));
}

/**
 * Fields that are legal on the wire and that nobody can keep: a text with U+0000, which PostgreSQL refuses, and a time that is none or of a year that nobody writes. `message` is one of
 * protobuf-es, of this type.
 */
export function unstorableFields(type: DescMessage, message: object): FieldViolation[] {
  const found: FieldViolation[] = [];
  visit(type, message as Record<string, unknown>, "", found);
  return found;
}

function visit(
  type: DescMessage,
  message: Record<string, unknown>,
  path: string,
  found: FieldViolation[],
): void {
  for (const field of type.fields) {
    const value = valueOf(field, message);
    if (value === undefined || value === null) continue;
    const name = path === "" ? field.name : `${path}.${field.name}`;
    if (field.fieldKind === "list")
      (value as unknown[]).forEach((each, at) => look(field, each, `${name}[${at}]`, found));
    else if (field.fieldKind === "map")
      for (const [key, each] of Object.entries(value)) {
        look(field, each, `${name}[${JSON.stringify(key)}]`, found);
        if (key.includes("\0")) found.push({ field: name, description: holdsNul });
      }
    else look(field, value, name, found);
  }
}

function valueOf({ oneof, localName }: DescField, message: Record<string, unknown>): unknown {
  if (oneof === undefined) return message[localName];
  const chosen = message[oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === localName ? chosen.value : undefined;
}

const holdsNul = "must not hold the character U+0000";

function look(field: DescField, value: unknown, name: string, found: FieldViolation[]): void {
  if (typeof value === "string") {
    if (value.includes("\0")) found.push({ field: name, description: holdsNul });
  } else if (field.message?.typeName === timestamp) {
    const { seconds, nanos } = value as { seconds: bigint; nanos: number };
    const isTime = seconds >= firstSecond && seconds <= lastSecond && nanos >= 0 && nanos < 1_000_000_000;
    if (!isTime) found.push({ field: name, description: "must be a time of the years 1 to 9999" });
  } else if (field.message !== undefined) visit(field.message, value as Record<string, unknown>, name, found);
}
