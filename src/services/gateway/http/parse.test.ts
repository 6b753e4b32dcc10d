import { ListOrdersRequest, RepriceOrderRequest } from "../../../gen/alexandrite/shop/v1/shop";
import { fromBody, fromQuery } from "./parse";

const badBody = expect.objectContaining({ category: "invalid_argument", reason: "BAD_BODY" });

test.each([1e999, "a", -2147483649, 2147483648, 1.5, {}, []])(
  "a version of %j is the caller's fault, not ours",
  (expectedVersion) => {
    const parse = () => fromBody(RepriceOrderRequest, { expectedVersion });
    if (Array.isArray(expectedVersion)) expect(parse().expectedVersion).toBe(0);
    else expect(parse).toThrow(badBody);
  },
);

test("a time that is none, and a status that nobody has, are the caller's fault", () => {
  expect(() => fromQuery(ListOrdersRequest, { updatedSince: "yesterday" })).toThrow(badBody);
  expect(() => fromQuery(ListOrdersRequest, { statuses: "LOST" })).toThrow(badBody);
  expect(fromQuery(ListOrdersRequest, { updatedSince: "2026-01-01T00:00:00Z" }).updatedSince).toEqual(
    new Date("2026-01-01T00:00:00Z"),
  );
});

test("half a character becomes a replacement on its way, and is no fault", () => {
  expect(fromBody(RepriceOrderRequest, { commandId: "\ud800" }).commandId).toBe("\ud800");
});
