import { z } from "zod";
import { createHttpClient } from "../../../platform/http";
import type { Closable, ServiceHost } from "../../../platform/lifecycle";
import { errors } from "../domain/errors";
import { createGate } from "../domain/gate";
import type { CatalogueItem } from "../store/catalogue";

/** What only the product API knows of a product. */
export type Offer = {
  /** Minor units of `currency`. */
  priceMinor: number;
  /** ISO 4217. */
  currency: string;
  stock: number;
};

export type ProductApi = Closable & {
  /**
   * Live price and stock by SKU; unknown SKUs are left out. Calls for the same SKUs that are under way together share one request; nothing is kept
   * when it has ended. Errors: `unavailable`, `deadline_exceeded`, and PRODUCT_API_BUSY when too many wait.
   */
  offers(skus: readonly string[]): Promise<ReadonlyMap<string, Offer>>;
  /** The products after a SKU, by SKU, and where the next page starts; undefined at the end. */
  page(after: string, limit: number): Promise<{ items: CatalogueItem[]; nextAfter: string | undefined }>;
};

const product = z.object({
  sku: z.string(),
  name: z.string(),
  description: z.string(),
  priceMinor: z.number().int(),
  currency: z.string(),
  stock: z.number().int(),
});
const answer = z.object({ products: z.array(product), nextAfter: z.string().optional() });

/** Requests to the product API at a time, and how many more may wait. */
const concurrency = 32;
const queue = 512;

export function openProductApi(
  host: ServiceHost,
  { baseUrl, timeoutMs }: { baseUrl: string; timeoutMs: number },
): ProductApi {
  const http = createHttpClient(host, { name: "products", baseUrl, timeoutMs });
  const gate = createGate(concurrency, queue, (waiting) => errors.productApiBusy({ waiting }));
  const flights = new Map<string, Promise<ReadonlyMap<string, Offer>>>();
  const get = (query: Record<string, string | number>) =>
    gate.pass(() =>
      http.request({ method: "GET", path: "/v1/products", route: "/v1/products", query, schema: answer }),
    );

  async function fetchOffers(skus: string): Promise<ReadonlyMap<string, Offer>> {
    const { products } = await get({ skus });
    return new Map(
      products.map(({ sku, priceMinor, currency, stock }) => [sku, { priceMinor, currency, stock }]),
    );
  }

  return {
    async offers(skus) {
      if (skus.length === 0) return new Map();
      const key = [...new Set(skus)].sort().join(",");
      const known = flights.get(key);
      if (known) {
        try {
          return await known;
        } catch {
          // The one who sent it may have left or run out of time; that is no reason for us.
          return fetchOffers(key);
        }
      }
      const flight = fetchOffers(key).finally(() => flights.delete(key));
      flights.set(key, flight);
      return flight;
    },
    async page(after, limit) {
      const { products, nextAfter } = await get({ limit, ...(after === "" ? {} : { after }) });
      return { items: products.map(({ sku, name, description }) => ({ sku, name, description })), nextAfter };
    },
    close: () => http.close(),
  };
}
