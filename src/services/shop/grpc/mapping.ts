import type { Product } from "../../../gen/alexandrite/shop/v1/shop";
import type { Offer } from "../catalogue/product-api";
import type { CatalogueItem } from "../store/catalogue";

/** What Shop knows of a product, with what the product API says of it now. */
export function toProduct(item: CatalogueItem, offer: Offer): Product {
  return {
    sku: item.sku,
    name: item.name,
    description: item.description,
    priceMinor: BigInt(offer.priceMinor),
    currency: offer.currency,
    stock: offer.stock,
  };
}
