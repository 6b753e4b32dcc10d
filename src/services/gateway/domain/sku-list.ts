import { errors } from "./errors";

/** As many as ListProducts takes. */
export const maxSkus = 100;

/** SKUs as the URL writes them: digits, separated by `+`, blanks or commas; each once, in the order given. */
export function parseSkuList(given: unknown): string[] {
  const skus = (Array.isArray(given) ? given.map(String).join(" ") : typeof given === "string" ? given : "")
    .split(/[\s+,]+/)
    .filter((sku) => sku !== "");
  if (skus.length === 0) throw errors.noSkus();
  if (skus.length > maxSkus) throw errors.tooManySkus({ given: skus.length, allowed: maxSkus });
  const wrong = skus.find((sku) => !/^[0-9]{1,18}$/.test(sku));
  if (wrong !== undefined) throw errors.badSku({ sku: wrong.slice(0, 40) });
  return [...new Set(skus)];
}
