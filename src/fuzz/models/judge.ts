import { priceModel, type PriceTerms } from "../../services/pricing/domain";
import {
  type Geometry,
  measureModel,
  MODEL_ERROR_REASONS,
  ModelError,
} from "../../services/pricing/geometry";
import type { ModelCase } from "./make-case";

/** How a model may end: with a price, measured without one, or refused, each with its reason. */
export type ModelOutcome = { told: string; finding?: string };

/** Seconds of CPU per megabyte, and for a file of less. */
export const cpuSecondsPerMb = 2;
const longestMessage = 2_000;

const terms: PriceTerms = {
  material: {
    code: "PLA",
    name: "PLA",
    densityKgM3: 1_240,
    rateMinorPerKg: 4_500,
    buildRateMm3PerHour: 20_000,
  },
  finish: { code: "RAW", name: "Raw", rateMinorPerDm2: 0 },
  machineMinorPerHour: 900,
  setupMinor: 500,
  minimumMinor: 1_500,
  currency: "EUR",
};

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Measures and prices a case as the calculation does, and says what must not be. */
export async function judgeModel({ bytes, format, unit, chunk }: ModelCase): Promise<ModelOutcome> {
  const before = process.cpuUsage();
  const outcome = await measure(bytes, format, unit, chunk);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const allowed = cpuSecondsPerMb * Math.max(1, bytes.length / 1e6);
  if (outcome.finding === undefined && seconds > allowed)
    return {
      ...outcome,
      finding: `it took ${seconds.toFixed(1)} s of CPU for ${bytes.length} bytes (${outcome.told})`,
    };
  return outcome;
}

async function measure(
  bytes: Buffer,
  format: ModelCase["format"],
  unit: ModelCase["unit"],
  chunk: number,
): Promise<ModelOutcome> {
  try {
    const geometry = await measureModel(chunksOf(bytes, chunk), { format, unit, byteLength: bytes.length });
    const result = priceModel(geometry, terms);
    const told = result.status === "PRICED" ? "PRICED" : result.reason;
    const wrong =
      wrongFigures(geometry) ?? (result.status === "NOT_PRICED" ? wrongMessage(result.message) : undefined);
    return wrong === undefined ? { told } : { told, finding: wrong };
  } catch (error) {
    if (!(error instanceof ModelError))
      return { told: "UNKNOWN", finding: (error as Error)?.stack ?? String(error) };
    const known = (MODEL_ERROR_REASONS as readonly string[]).includes(error.reason);
    const wrong = known
      ? wrongMessage(error.message)
      : `the reason ${error.reason} is none of the documented ones`;
    return wrong === undefined ? { told: error.reason } : { told: error.reason, finding: wrong };
  }
}

function wrongFigures(geometry: Geometry): string | undefined {
  const { triangles, bodies, volume, area, extents, volumeMm3, areaMm2, extentsMm } = geometry;
  const figures = {
    volume,
    area,
    volumeMm3,
    areaMm2,
    x: extents[0],
    y: extents[1],
    z: extents[2],
    xMm: extentsMm[0],
    yMm: extentsMm[1],
    zMm: extentsMm[2],
  };
  for (const [name, value] of Object.entries(figures))
    if (!Number.isFinite(value)) return `${name} is ${value}`;
  if (area < 0 || extents.some((extent) => extent < 0)) return "an area or extent is below zero";
  if (!(triangles > 0 && bodies > 0 && bodies <= triangles))
    return `${triangles} triangles in ${bodies} bodies`;
  return undefined;
}

/** It goes into a database, an event and a page. */
function wrongMessage(message: string): string | undefined {
  if (message === "") return "the message is empty";
  if (message.length > longestMessage) return `the message has ${message.length} characters`;
  if (/\p{Cc}|\p{Surrogate}/u.test(message))
    return `the message has characters that cannot be shown: ${JSON.stringify(message)}`;
  return undefined;
}
