import type { System } from "./system";

type ProductList = {
  products?: { sku: string; priceMinor: string; currency: string; stock?: number }[];
  missingSkus?: string[];
  error?: { reason: string; message: string };
};

/** The homework's reference request, through the gateway. */
export function describeProducts(system: () => System): void {
  const list = async (skus: string): Promise<{ status: number; body: ProductList }> => {
    const response = await fetch(`${system().gatewayUrl}/product_list?skus=${skus}`);
    return { status: response.status, body: (await response.json()) as ProductList };
  };

  describe("the product list", () => {
    test("the three reference SKUs come with a price and a stock", async () => {
      const { status, body } = await list("201057139+201058638+562553736");
      expect(status).toBe(200);
      expect(body.products?.map(({ sku }) => sku)).toEqual(["201057139", "201058638", "562553736"]);
      for (const product of body.products ?? []) expect(Number(product.priceMinor)).toBeGreaterThan(0);
    });

    test("an unknown SKU is reported as missing beside those that are there", async () => {
      const { status, body } = await list("201057139+999");
      expect(status).toBe(200);
      expect(body.products).toHaveLength(1);
      expect(body.missingSkus).toEqual(["999"]);
    });

    test.each([
      ["no SKU", "", "NO_SKUS"],
      ["101 SKUs", Array.from({ length: 101 }, (_, n) => n + 1).join("+"), "TOO_MANY_SKUS"],
      ["letters", "201057139+ring", "BAD_SKU"],
    ])("%s is refused with 400 and the fault's name", async (_what, skus, reason) => {
      const { status, body } = await list(skus);
      expect(status).toBe(400);
      expect(body.error?.reason).toBe(reason);
    });

    test("500 requests, 5 at a time, are all answered with three products", async () => {
      let left = 500;
      const worker = async (): Promise<number> => {
        let good = 0;
        while (left-- > 0) {
          const { status, body } = await list("201057139+201058638+562553736");
          if (status === 200 && body.products?.length === 3) good += 1;
        }
        return good;
      };
      const good = await Promise.all(Array.from({ length: 5 }, worker));
      expect(good.reduce((sum, each) => sum + each, 0)).toBe(500);
    });
  });
}
