import type { BrowseCatalogueRequest, BrowseCatalogueResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { Database } from "../../../platform/postgres";
import type { ProductApi } from "../catalogue/product-api";
import { decodePageToken, encodePageToken } from "../domain/page-token";
import { itemsAfter } from "../store/catalogue";
import { toProduct } from "./mapping";

const defaultPage = 24;

/** BrowseCatalogue. A product that is sold no longer is left out, so that a page may be short; only an empty token ends the list. */
export function browseCatalogue({ db, products }: { db: Database; products: ProductApi }) {
  return async (request: BrowseCatalogueRequest): Promise<BrowseCatalogueResponse> => {
    const { query, pageToken, pageSize } = request;
    const limit = pageSize || defaultPage;
    const found = await itemsAfter(db, query, decodePageToken(query, pageToken), limit + 1);
    const page = found.slice(0, limit);
    const offers = await products.offers(page.map((item) => item.sku));
    const last = page.at(-1);
    return {
      products: page.flatMap((item) => {
        const offer = offers.get(item.sku);
        return offer ? [toProduct(item, offer)] : [];
      }),
      nextPageToken: found.length > limit && last ? encodePageToken(query, last) : "",
    };
  };
}
