import { parseSkuList } from "./sku-list";

const reasonOf = (given: unknown): unknown => {
  try {
    return parseSkuList(given);
  } catch (error) {
    return (error as { reason?: string }).reason;
  }
};

test("a plus sign, a blank and a comma separate SKUs alike, and each SKU is kept once", () => {
  expect(parseSkuList("1+2 3,2")).toEqual(["1", "2", "3"]);
  expect(parseSkuList(["1", "2"])).toEqual(["1", "2"]);
});

test("no SKU, 101 SKUs and letters are told apart", () => {
  expect(reasonOf(undefined)).toBe("NO_SKUS");
  expect(reasonOf("  ")).toBe("NO_SKUS");
  expect(reasonOf(Array.from({ length: 101 }, (_, index) => index).join("+"))).toBe("TOO_MANY_SKUS");
  expect(reasonOf("201057139+ring")).toBe("BAD_SKU");
});

test("a hundred SKUs are taken", () => {
  expect(parseSkuList(Array.from({ length: 100 }, (_, index) => index).join("+"))).toHaveLength(100);
});
