import { createHttpServer, type HttpServer } from "../../platform/http";
import type { ServiceHost } from "../../platform/lifecycle";
import { openDatabase } from "../../platform/postgres";
import type { ProductsConfig } from "./config";
import { assortment } from "./domain/assortment";
import { getProduct } from "./http/get-product";
import { getProducts } from "./http/get-products";
import { productsMigrations } from "./store/migrations";
import { sow } from "./store/seed";

/** The product API: live price and stock per SKU. Resolves when it answers. */
export async function startProducts(host: ServiceHost, config: ProductsConfig): Promise<HttpServer> {
  const db = await host.own(openDatabase(host, config.postgres, { migrations: productsMigrations }));
  const sown = await sow(db, "assortment-1", assortment());
  if (sown > 0) host.log.info({ products: sown }, "the assortment is sown");
  const server = createHttpServer(host, config.http);
  server.app.get("/v1/products", getProducts({ db }));
  server.app.get("/v1/products/:sku", getProduct({ db }));
  return host.own(server.listen());
}
