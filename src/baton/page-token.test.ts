import { createHash } from "node:crypto";
import { decodePageToken, encodePageToken } from "./page-token";

const orderId = "6f1b1c9e-0b1f-4a53-9d4b-0d7f1f0f2a11";
const filters = ["a", 1];

/** A token with a checksum that is right: who reads the source can make one. */
function forged(position: string): string {
  const bytes = Buffer.from(position);
  const sum = createHash("sha256")
    .update(`${JSON.stringify(filters)}\n`)
    .update(bytes)
    .digest()
    .subarray(0, 9);
  return Buffer.concat([Buffer.of(1), sum, bytes]).toString("base64url");
}

test("a token comes back as the position that it was made of", () => {
  const end = { at: new Date("2026-01-01T00:00:00.001Z"), orderId };
  expect(decodePageToken(encodePageToken(end, filters), filters)).toEqual(end);
  expect(decodePageToken(forged(JSON.stringify([5, orderId])), filters)).toEqual({
    at: new Date(5),
    orderId,
  });
});

test.each([
  "",
  "{",
  "[]",
  "null",
  "[1]",
  `["1","${orderId}"]`,
  `[1e300,"${orderId}"]`,
  `[-1,"${orderId}"]`,
  '[1,"seven"]',
  "[1,7]",
])("a token forged of %s is refused, and does not get as far as the database", (position) => {
  expect(() => decodePageToken(forged(position), filters)).toThrow(
    expect.objectContaining({ category: "invalid_argument", reason: "BAD_PAGE_TOKEN" }),
  );
});
