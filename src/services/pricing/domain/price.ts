import type { Geometry } from "../geometry";

/** A material of the price book. Money is in minor units of the book's currency. */
export type Material = {
  code: string;
  name: string;
  densityKgM3: number;
  rateMinorPerKg: number;
  /** Cubic millimetres that the machine makes of it in an hour. */
  buildRateMm3PerHour: number;
};

/** A finish of the price book; its rate is per square decimetre of surface. */
export type Finish = { code: string; name: string; rateMinorPerDm2: number };

/** What a piece is priced from: one version of the price book, narrowed to one material and finish. */
export type PriceTerms = {
  material: Material;
  finish: Finish;
  machineMinorPerHour: number;
  /** Per piece. */
  setupMinor: number;
  /** No piece costs less. */
  minimumMinor: number;
  /** ISO 4217. */
  currency: string;
};

/** The price of one piece. `unitPriceMinor` is the sum of the lines. */
export type PiecePrice = {
  unitPriceMinor: number;
  lines: {
    materialMinor: number;
    machineMinor: number;
    finishingMinor: number;
    /** Setting up, and what lifts the piece to the minimum. */
    setupMinor: number;
  };
  massGrams: number;
  machineSeconds: number;
  currency: string;
};

/** Why a measured model has no price. */
export const NO_PRICE_REASONS = [
  "NOT_WATERTIGHT",
  "INCONSISTENT_ORIENTATION",
  "ZERO_VOLUME",
  "PRICE_OUT_OF_RANGE",
] as const;
export type NoPriceReason = (typeof NO_PRICE_REASONS)[number];

export type Priced = { status: "PRICED"; price: PiecePrice };
export type NotPriced = { status: "NOT_PRICED"; reason: NoPriceReason; message: string };
export type PricingResult = Priced | NotPriced;

/**
 * Prices one piece. Each line is rounded once, half up, to a whole minor unit; the sum is not rounded again.
 * The volume of a model that is inside out as a whole counts by its size. Rates are trusted: they come from the
 * price book, whose checks are its owner's.
 */
export function priceModel(geometry: Geometry, terms: PriceTerms): PricingResult {
  const refused = refusal(geometry);
  if (refused !== undefined) return refused;

  const { material, finish } = terms;
  const volumeMm3 = Math.abs(geometry.volumeMm3);
  // 1 mm³ at 1 kg/m³ weighs 1e-9 kg, that is 1e-6 g.
  const massGrams = (volumeMm3 * material.densityKgM3) / 1e6;
  const machineHours = volumeMm3 / material.buildRateMm3PerHour;

  const materialMinor = roundHalfUp((massGrams * material.rateMinorPerKg) / 1000);
  const machineMinor = roundHalfUp(machineHours * terms.machineMinorPerHour);
  const finishingMinor = roundHalfUp((geometry.areaMm2 * finish.rateMinorPerDm2) / 10_000);
  const work = materialMinor + machineMinor + finishingMinor;
  const setupMinor = Math.max(terms.setupMinor, terms.minimumMinor - work);
  const unitPriceMinor = work + setupMinor;
  const machineSeconds = machineHours * 3600;

  if (![unitPriceMinor, materialMinor, machineMinor, finishingMinor].every(Number.isSafeInteger)) {
    return notPriced(
      "PRICE_OUT_OF_RANGE",
      `a piece of ${volumeMm3} mm³ would cost ${unitPriceMinor} minor units of ${terms.currency}, more than can be counted exactly`,
    );
  }
  return {
    status: "PRICED",
    price: {
      unitPriceMinor,
      lines: { materialMinor, machineMinor, finishingMinor, setupMinor },
      massGrams,
      machineSeconds,
      currency: terms.currency,
    },
  };
}

function refusal(geometry: Geometry): NotPriced | undefined {
  if (!geometry.watertight) {
    return notPriced(
      "NOT_WATERTIGHT",
      `the surface of the model (${geometry.triangles} triangles, ${geometry.bodies} bodies) has holes or edges that are not shared by exactly two triangles, so it encloses no volume that could be priced`,
    );
  }
  if (geometry.orientation === "mixed" || geometry.orientation === "open") {
    return notPriced(
      "INCONSISTENT_ORIENTATION",
      `parts of the surface of the model (${geometry.triangles} triangles, ${geometry.bodies} bodies) face inward and others outward, so its volume cannot be told`,
    );
  }
  if (Math.abs(geometry.volumeMm3) <= thinnest(geometry)) {
    return notPriced("ZERO_VOLUME", `the model (${geometry.triangles} triangles) encloses no volume`);
  }
  return undefined;
}

/** A closed surface without thickness has a volume of rounding errors only, far below this. */
function thinnest({ areaMm2, extentsMm }: Geometry): number {
  return areaMm2 * Math.max(...extentsMm) * 1e-12;
}

function notPriced(reason: NoPriceReason, message: string): NotPriced {
  return { status: "NOT_PRICED", reason, message };
}

/** Amounts here are never negative, so half up is also half away from zero. */
function roundHalfUp(amount: number): number {
  return Math.round(amount);
}
