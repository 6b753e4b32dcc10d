import { decodePageToken, encodePageToken } from "./page-token";

const last = { name: "Aurora ring, silver 925", sku: "201057139" };

test("a token leads back to its position, whatever the query's case and margins", () => {
  expect(decodePageToken(" AURORA", encodePageToken("aurora ", last))).toEqual(last);
});

test("no token is the start", () => {
  expect(decodePageToken("", "")).toBeUndefined();
});

test.each([
  ["of another query", encodePageToken("ring", last)],
  ["of no JSON", "%%%"],
  ["of other JSON", Buffer.from('{"a":1}').toString("base64url")],
  ["with a NUL", encodePageToken("", { name: "\0", sku: "1" })],
])("a token %s is refused, naming the field", (_what, token) => {
  expect(() => decodePageToken("", token)).toThrow(
    expect.objectContaining({
      reason: "BAD_PAGE_TOKEN",
      violations: [{ field: "page_token", description: expect.any(String) }],
    }),
  );
});
