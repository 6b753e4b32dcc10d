import { z } from "zod";

/** SKUs in one query at most. */
export const maxSkus = 100;
/** Products on one page at most. */
export const maxPage = 1_000;

const sku = z.string().regex(/^[0-9]{1,18}$/, "a SKU has 1 to 18 digits");

/** `?skus=1,2,3`: each SKU once, in the order of their first mention. Names the faulty one. */
const skuList = z.string().transform((text, context) => {
  const skus = [...new Set(text.split(","))];
  for (const each of skus) {
    if (sku.safeParse(each).success) continue;
    const message = `a SKU has 1 to 18 digits, not ${JSON.stringify(each.slice(0, 40))}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }
  if (skus.length > maxSkus) {
    context.addIssue({ code: "custom", message: `at most ${maxSkus} SKUs at a time, not ${skus.length}` });
    return z.NEVER;
  }
  return skus;
});

/** Certain products by `skus`, or a page of all: `limit` products after the SKU `after`. */
export const productsQuery = z.object({
  skus: skuList.optional(),
  after: sku.optional(),
  limit: z.coerce.number().int().min(1).max(maxPage).default(100),
});

export const productParams = z.object({ sku });
