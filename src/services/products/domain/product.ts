/** A product as it is sold now. */
export type Product = {
  /** Digits, 1 to 18. */
  sku: string;
  name: string;
  description: string;
  /** Minor units of `currency`. */
  priceMinor: number;
  /** ISO 4217. */
  currency: string;
  /** Pieces that can be sold. */
  stock: number;
};
