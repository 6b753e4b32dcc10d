import type { Product } from "./product";

/** SKUs that documents and load tests name; they are part of every assortment. */
export const referenceSkus = ["201057139", "201058638", "562553736"] as const;

/** How many products a fresh database gets. */
export const assortmentSize = 5_200;

type Kind = { name: string; purpose: string; grams: number; baseMinor: number };
type Metal = { name: string; perGramMinor: number };
type Stone = { name: string; look: string; minor: number };

const kinds: readonly Kind[] = [
  { name: "ring", purpose: "with a smooth inner band", grams: 4, baseMinor: 4_900 },
  { name: "signet ring", purpose: "with a flat face for an engraving", grams: 9, baseMinor: 7_900 },
  { name: "stud earrings", purpose: "with butterfly backs", grams: 3, baseMinor: 3_900 },
  { name: "drop earrings", purpose: "on French hooks", grams: 5, baseMinor: 5_200 },
  { name: "pendant", purpose: "with a bail for chains up to 3 mm", grams: 4, baseMinor: 4_100 },
  { name: "bracelet", purpose: "with a lobster clasp", grams: 12, baseMinor: 6_900 },
  { name: "brooch", purpose: "with a locking pin", grams: 10, baseMinor: 6_400 },
  { name: "cufflinks", purpose: "with a whale-back closing", grams: 14, baseMinor: 7_200 },
  { name: "chain", purpose: "50 cm long, with a spring ring", grams: 8, baseMinor: 3_600 },
  { name: "tie clip", purpose: "with a sprung jaw", grams: 11, baseMinor: 4_400 },
];
const metals: readonly Metal[] = [
  { name: "silver 925", perGramMinor: 120 },
  { name: "yellow gold 585", perGramMinor: 4_200 },
  { name: "rose gold 585", perGramMinor: 4_150 },
  { name: "white gold 750", perGramMinor: 5_600 },
  { name: "platinum 950", perGramMinor: 3_900 },
  { name: "titanium", perGramMinor: 60 },
];
const stones: readonly Stone[] = [
  { name: "alexandrite", look: "green by day and red by candlelight", minor: 48_000 },
  { name: "garnet", look: "deep red", minor: 3_500 },
  { name: "amethyst", look: "violet", minor: 2_400 },
  { name: "topaz", look: "pale blue", minor: 2_900 },
  { name: "malachite", look: "banded green", minor: 1_800 },
  { name: "emerald", look: "full green", minor: 39_000 },
  { name: "moonstone", look: "with a blue shimmer", minor: 2_200 },
  { name: "no stone", look: "", minor: 0 },
];
const lines = [
  "Aurora",
  "Baikal",
  "Chrysalis",
  "Dune",
  "Equinox",
  "Fern",
  "Glacier",
  "Halo",
  "Iris",
  "Juniper",
  "Ural",
];

/**
 * The assortment of a fresh database: the same products in the same order for the same `size`, whoever asks and whenever.
 * All SKUs differ; the reference SKUs come first.
 */
export function assortment(size: number = assortmentSize): Product[] {
  const skus = new Set<string>(referenceSkus);
  // The factor is a prime that does not divide the range, so the first 900 million SKUs differ from one another.
  for (let i = 0; skus.size < size; i++) skus.add(String(100_000_000 + ((i * 179_424_673) % 900_000_000)));
  return [...skus].slice(0, size).map(productOf);
}

function productOf(sku: string, index: number): Product {
  const kind = pick(kinds, index);
  const metal = pick(metals, Math.floor(index / kinds.length));
  const stone = pick(stones, Math.floor(index / (kinds.length * metals.length)));
  const line = pick(lines, Math.floor(index / (kinds.length * metals.length * stones.length)));
  const dice = mix(index);
  const exactMinor = kind.baseMinor + kind.grams * metal.perGramMinor + stone.minor + (dice % 2_000);
  return {
    sku,
    name: `${line} ${kind.name}, ${metal.name}${stone.minor > 0 ? `, ${stone.name}` : ""}`,
    description:
      `A ${metal.name} ${kind.name} of the ${line} line, about ${kind.grams} g, ${kind.purpose}` +
      (stone.minor > 0 ? `, set with ${stone.name} (${stone.look}).` : "."),
    // Prices end in 90 cents, as shops like them.
    priceMinor: Math.floor(exactMinor / 100) * 100 + 90,
    currency: "EUR",
    stock: (dice >>> 11) % 40,
  };
}

function pick<T>(list: readonly T[], index: number): T {
  return list[index % list.length] as T;
}

/** Spreads small integers over 31 bits (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let h = value + 0x9e37;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) & 0x7fffffff;
}
