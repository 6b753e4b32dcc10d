import { createHash } from "node:crypto";

/** An id as MongoDB makes them, 24 hexadecimal digits, but always the same for the same name. */
export function objectId(kind: "view" | "search", name: string): string {
  return createHash("sha256").update(`alexandrite ${kind} ${name}`).digest("hex").slice(0, 24);
}

/** A UUID that is always the same for the same name; for the parts of a view. */
export function partId(name: string): string {
  const hex = createHash("sha256").update(`alexandrite part ${name}`).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
