import type { FastifyInstance } from "fastify";
import {
  BrowseCatalogueRequest,
  BrowseCatalogueResponse,
  ListProductsResponse,
} from "../../../gen/alexandrite/shop/v1/shop";
import { parseSkuList } from "../domain/sku-list";
import type { Upstreams } from "../upstreams";
import { createGate } from "./gate";
import { fromQuery } from "./parse";

type Options = { maxConcurrent: number };

/** The catalogue: products by SKU, for the homework's reference load, and page by page. */
export function addProductRoutes(
  app: FastifyInstance,
  { shop }: Upstreams,
  { maxConcurrent }: Options,
): void {
  const gate = createGate(maxConcurrent);
  app.get("/product_list", { config: { unlimited: true } }, async (request) => {
    const skus = parseSkuList((request.query as Record<string, unknown>).skus);
    return gate(async () => ListProductsResponse.toJSON(await shop.listProducts({ skus })));
  });
  app.get("/api/v1/products", async (request) =>
    BrowseCatalogueResponse.toJSON(
      await shop.browseCatalogue(fromQuery(BrowseCatalogueRequest, request.query)),
    ),
  );
}
