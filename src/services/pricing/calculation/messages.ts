import type { PriceTerms, PricingResult } from "../domain";
import type { Geometry, LengthUnit, ModelFormat } from "../geometry";

/** What a calculation is told; the model's bytes follow on standard input. */
export type ChildJob = { format: ModelFormat; unit: LengthUnit; byteLength: number; terms: PriceTerms };

/** What a calculation tells. */
export type ChildReport =
  | { kind: "progress"; fraction: number }
  | { kind: "measured"; geometry: Geometry; result: PricingResult; cpuSeconds: number }
  | { kind: "refused"; reason: string; message: string; cpuSeconds: number }
  | { kind: "failed"; message: string };
