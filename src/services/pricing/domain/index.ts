export {
  NO_PRICE_REASONS,
  priceModel,
  type Finish,
  type Material,
  type NoPriceReason,
  type NotPriced,
  type PiecePrice,
  type Priced,
  type PriceTerms,
  type PricingResult,
} from "./price";
