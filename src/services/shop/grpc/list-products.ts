import type { ListProductsRequest, ListProductsResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { Database } from "../../../platform/postgres";
import type { ProductApi } from "../catalogue/product-api";
import { itemsBySku } from "../store/catalogue";
import { toProduct } from "./mapping";

/** ListProducts. A product is found when the catalogue and the product API both know it. */
export function listProducts({ db, products }: { db: Database; products: ProductApi }) {
  return async (request: ListProductsRequest): Promise<ListProductsResponse> => {
    const skus = [...new Set(request.skus)];
    const [items, offers] = await Promise.all([itemsBySku(db, skus), products.offers(skus)]);
    const response: ListProductsResponse = { products: [], missingSkus: [] };
    for (const sku of skus) {
      const item = items.get(sku);
      const offer = offers.get(sku);
      if (item && offer) response.products.push(toProduct(item, offer));
      else response.missingSkus.push(sku);
    }
    return response;
  };
}
