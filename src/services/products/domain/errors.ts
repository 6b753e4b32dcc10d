import { defineErrors } from "../../../platform/errors";

/** Why the product API refuses, beside input that does not fit. */
export const errors = defineErrors("products.alexandrite", {
  unknownSku: {
    category: "not_found",
    reason: "UNKNOWN_SKU",
    message: (p: { sku: string }) => `There is no product with the SKU ${p.sku}.`,
  },
});
