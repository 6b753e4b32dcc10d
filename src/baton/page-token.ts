import { createHash } from "node:crypto";
import { errors } from "./errors";

/** Where a page ended: the sort key of its last row. */
export type PageEnd = { at: Date; orderId: string };

/**
 * A page token is opaque to callers and bound to the filters of its list: the last row's sort key and a digest of the filters. It is not a secret;
 * one that was altered is refused or leads to another place in the caller's own list.
 */
export function encodePageToken(end: PageEnd, filters: unknown): string {
  return Buffer.from(JSON.stringify([1, digest(filters), end.at.getTime(), end.orderId])).toString(
    "base64url",
  );
}

/** Throws INVALID_ARGUMENT for a token that is none, or of another list. Undefined for the first page. */
export function decodePageToken(token: string, filters: unknown): PageEnd | undefined {
  if (token === "") return undefined;
  const [format, filterDigest, millis, orderId] = parse(token);
  if (format !== 1 || typeof millis !== "number" || !Number.isSafeInteger(millis) || !isUuid(orderId)) {
    throw errors.badPageToken({ fault: "is none that this service gave" });
  }
  if (filterDigest !== digest(filters)) {
    throw errors.badPageToken({ fault: "belongs to a list with other filters: begin without it" });
  }
  return { at: new Date(millis), orderId };
}

function parse(token: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (Array.isArray(parsed)) return parsed as unknown[];
  } catch {
    // Told apart below from a token of ours.
  }
  return [];
}

function digest(filters: unknown): string {
  return createHash("sha256").update(JSON.stringify(filters)).digest("base64url").slice(0, 12);
}

function isUuid(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}
