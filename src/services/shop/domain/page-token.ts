import { createHash } from "node:crypto";
import { errors } from "./errors";

/** The last product of a page of the catalogue. */
export type CataloguePosition = { name: string; sku: string };

/** An opaque token for the page after `last`, good for the same `query` only. */
export function encodePageToken(query: string, last: CataloguePosition): string {
  return Buffer.from(JSON.stringify([digest(query), last.name, last.sku])).toString("base64url");
}

/** The position in a token; undefined for an empty one. Throws `badPageToken` for anything this module did not make for `query`. */
export function decodePageToken(query: string, token: string): CataloguePosition | undefined {
  if (token === "") return undefined;
  const fields = parse(token);
  const [of, name, sku] = fields;
  // A NUL, which no text in the database can have, would fail there.
  const isText = (field: unknown): field is string => typeof field === "string" && !field.includes("\0");
  if (fields.length !== 3 || of !== digest(query) || !isText(name) || !isText(sku)) {
    const description = "is not a token of this query";
    throw errors.badPageToken({}, { violations: [{ field: "page_token", description }] });
  }
  return { name, sku };
}

function parse(token: string): unknown[] {
  try {
    const fields: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    return Array.isArray(fields) ? fields : [];
  } catch {
    return [];
  }
}

function digest(query: string): string {
  return createHash("sha256").update(query.trim().toLowerCase()).digest("base64url").slice(0, 11);
}
