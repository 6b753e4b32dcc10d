import type { FastifyRequest } from "fastify";
import { parseInput } from "../../../platform/http";
import type { Database } from "../../../platform/postgres";
import type { Product } from "../domain/product";
import { productsAfter, productsBySku } from "../store/products";
import { productsQuery } from "./requests";

/** Certain products with those that do not exist, or a page with the `after` of the next one, absent on the last. */
type ProductsAnswer =
  { products: Product[]; missingSkus: string[] } | { products: Product[]; nextAfter?: string };

/** `GET /v1/products`. */
export function getProducts({ db }: { db: Database }) {
  return async (request: FastifyRequest): Promise<ProductsAnswer> => {
    const { skus, after = "", limit } = parseInput(productsQuery, request.query, "query");
    if (skus) {
      const known = new Map((await productsBySku(db, skus)).map((product) => [product.sku, product]));
      return {
        products: skus.flatMap((sku) => known.get(sku) ?? []),
        missingSkus: skus.filter((sku) => !known.has(sku)),
      };
    }
    const products = await productsAfter(db, after, limit + 1);
    const page = products.slice(0, limit);
    const last = page.at(-1);
    return products.length > limit && last ? { products: page, nextAfter: last.sku } : { products: page };
  };
}
