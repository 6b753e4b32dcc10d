import { planted } from "../../../platform/config";
import type { UnitPrice } from "../../../gen/alexandrite/mes/v1/mes_worker";
import { UnitPrice as UnitPriceType } from "../../../gen/alexandrite/mes/v1/mes_worker";
import {
  type Failure,
  Failure as FailureType,
  type Geometry,
  Geometry as GeometryType,
  type Price,
} from "../../../gen/alexandrite/order/v1/order";

/** How a job ended, as it is stored: for the orders that wait for it now, and for those that will ask the same later. */
export type JobResult =
  { kind: "priced"; geometry: Geometry; unitPrice: UnitPrice } | { kind: "failed"; failure: Failure };

export function storeResult(result: JobResult): string {
  return JSON.stringify(
    result.kind === "priced"
      ? {
          kind: "priced",
          geometry: GeometryType.toJSON(result.geometry),
          unitPrice: UnitPriceType.toJSON(result.unitPrice),
        }
      : { kind: "failed", failure: FailureType.toJSON(result.failure) },
  );
}

export function loadResult(stored: unknown): JobResult {
  const { kind, geometry, unitPrice, failure } = stored as Record<string, unknown>;
  if (kind === "priced") {
    return { kind, geometry: GeometryType.fromJSON(geometry), unitPrice: UnitPriceType.fromJSON(unitPrice) };
  }
  return { kind: "failed", failure: FailureType.fromJSON(failure) };
}

/** The price of an order: so many pieces at the price of one. */
export function priceOf(
  { geometry, unitPrice }: Extract<JobResult, { kind: "priced" }>,
  terms: { quantity: number; priceBookVersion: number; validUntil: Date },
): Price {
  return {
    totalMinor: unitPrice.totalMinor * BigInt(planted("price-ignores-quantity") ? 1 : terms.quantity),
    unitMinor: unitPrice.totalMinor,
    currency: unitPrice.currency,
    materialMinor: unitPrice.materialMinor,
    machineMinor: unitPrice.machineMinor,
    finishingMinor: unitPrice.finishingMinor,
    setupMinor: unitPrice.setupMinor,
    massGrams: unitPrice.massGrams,
    machineSeconds: unitPrice.machineSeconds,
    priceBookVersion: terms.priceBookVersion,
    validUntil: terms.validUntil,
    geometry,
  };
}
