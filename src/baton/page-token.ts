import { createHash } from "node:crypto";
import { isOrderId } from "../order";
import { errors } from "./errors";

/** Where a page ended: the sort key of its last row. */
export type PageEnd = { at: Date; orderId: string };

/** First byte of a token; another layout gets another one. */
const layout = 1;
/** The end of the year 9999. */
const latestMillis = 253_402_300_799_999;
const sumBytes = 9;

/**
 * A page token is opaque to callers and bound to the filters of its list: layout, checksum over filters and position, position. The checksum tells altered and foreign
 * tokens; it is no secret, because a forged position leads to nothing but another page of the caller's own list.
 */
export function encodePageToken(end: PageEnd, filters: unknown): string {
  const position = Buffer.from(JSON.stringify([end.at.getTime(), end.orderId]));
  return Buffer.concat([Buffer.of(layout), checksum(position, filters), position]).toString("base64url");
}

/** Throws INVALID_ARGUMENT for a token that is none, or of another list. Undefined for the first page. */
export function decodePageToken(token: string, filters: unknown): PageEnd | undefined {
  if (token === "") return undefined;
  const bytes = Buffer.from(token, "base64url");
  const position = bytes.subarray(1 + sumBytes);
  // The decoder skips what is no base64url: only the one spelling that we gave out counts.
  if (bytes[0] !== layout || bytes.toString("base64url") !== token)
    throw badToken("is none that this service gave");
  if (!bytes.subarray(1, 1 + sumBytes).equals(checksum(position, filters)))
    throw badToken("was altered, or belongs to a list with other filters: begin without it");
  return positionOf(position.toString());
}

/** Whoever makes a checksum himself may write here what he likes. */
function positionOf(text: string): PageEnd {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    throw badToken("is none that this service gave");
  }
  const [millis, orderId] = Array.isArray(fields) ? (fields as unknown[]) : [];
  const isTime = typeof millis === "number" && millis >= 0 && millis <= latestMillis;
  if (!isTime || typeof orderId !== "string" || !isOrderId(orderId))
    throw badToken("is none that this service gave");
  return { at: new Date(millis), orderId };
}

function checksum(position: Buffer, filters: unknown): Buffer {
  return createHash("sha256")
    .update(JSON.stringify(filters))
    .update("\n")
    .update(position)
    .digest()
    .subarray(0, sumBytes);
}

function badToken(fault: string) {
  return errors.badPageToken({ fault }, { violations: [{ field: "page_token", description: fault }] });
}
