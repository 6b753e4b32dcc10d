import type { FastifyRequest } from "fastify";
import { parseInput } from "../../../platform/http";
import type { Database } from "../../../platform/postgres";
import { errors } from "../domain/errors";
import type { Product } from "../domain/product";
import { productBySku } from "../store/products";
import { productParams } from "./requests";

/** `GET /v1/products/:sku`. */
export function getProduct({ db }: { db: Database }) {
  return async (request: FastifyRequest): Promise<Product> => {
    const { sku } = parseInput(productParams, request.params, "path");
    const product = await productBySku(db, sku);
    if (!product) throw errors.unknownSku({ sku });
    return product;
  };
}
