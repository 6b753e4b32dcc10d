import fc from "fast-check";
import type { Geometry } from "../geometry";
import { priceModel, type PricingResult, type PriceTerms } from ".";

const GEOMETRY: Geometry = {
  format: "stl",
  unit: "millimeter",
  triangles: 12,
  volume: 1000,
  area: 600,
  extents: [10, 10, 10],
  watertight: true,
  orientation: "outward",
  bodies: 1,
  volumeMm3: 1000,
  areaMm2: 600,
  extentsMm: [10, 10, 10],
};

const TERMS: PriceTerms = {
  material: {
    code: "PLA",
    name: "PLA",
    densityKgM3: 1240,
    rateMinorPerKg: 250_000,
    buildRateMm3PerHour: 12_000,
  },
  finish: { code: "POLISHED", name: "Polished", rateMinorPerDm2: 40_000 },
  machineMinorPerHour: 30_000,
  setupMinor: 5_000,
  minimumMinor: 0,
  currency: "RUB",
};

function priced(result: PricingResult) {
  if (result.status !== "PRICED") throw new Error(`no price: ${result.reason}`);
  return result.price;
}

test("a cubic centimetre of PLA: 1.24 g, five minutes, 6 cm² of finish", () => {
  expect(priced(priceModel(GEOMETRY, TERMS))).toEqual({
    unitPriceMinor: 310 + 2500 + 2400 + 5000,
    lines: { materialMinor: 310, machineMinor: 2500, finishingMinor: 2400, setupMinor: 5000 },
    massGrams: 1.24,
    machineSeconds: 300,
    currency: "RUB",
  });
});

test("a line is rounded half up", () => {
  const at = (rateMinorPerKg: number) =>
    priced(
      priceModel(GEOMETRY, { ...TERMS, material: { ...TERMS.material, densityKgM3: 1000, rateMinorPerKg } }),
    ).lines.materialMinor;
  expect([at(1499), at(1500), at(2500), at(2501)]).toEqual([1, 2, 3, 3]);
});

test("a piece below the minimum is lifted to it by its setup line", () => {
  const price = priced(priceModel(GEOMETRY, { ...TERMS, minimumMinor: 20_000 }));
  expect(price.unitPriceMinor).toBe(20_000);
  expect(price.lines.setupMinor).toBe(20_000 - 310 - 2500 - 2400);
});

test.each([
  ["NOT_WATERTIGHT", { watertight: false, orientation: "open" }],
  ["INCONSISTENT_ORIENTATION", { orientation: "mixed" }],
  ["ZERO_VOLUME", { volume: 0, volumeMm3: 0 }],
  ["ZERO_VOLUME", { volumeMm3: 1e-12 }],
  ["PRICE_OUT_OF_RANGE", { volumeMm3: 1e30, areaMm2: 1e22, extentsMm: [1e10, 1e10, 1e10] }],
] as const)("%s: %j has no price", (reason, change) => {
  const result = priceModel({ ...GEOMETRY, ...change }, TERMS);
  expect(result).toMatchObject({ status: "NOT_PRICED", reason, message: expect.stringContaining(" ") });
});

test("a model that is inside out costs what it costs the right way round", () => {
  const turned = priceModel({ ...GEOMETRY, volumeMm3: -1000, orientation: "inward" }, TERMS);
  expect(turned).toEqual(priceModel(GEOMETRY, TERMS));
});

const minor = fc.integer({ min: 0, max: 10_000_000 });
const terms: fc.Arbitrary<PriceTerms> = fc.record({
  material: fc.record({
    code: fc.constant("M"),
    name: fc.constant("M"),
    densityKgM3: fc.double({ min: 100, max: 22_000, noNaN: true }),
    rateMinorPerKg: minor,
    buildRateMm3PerHour: fc.double({ min: 10, max: 1e6, noNaN: true }),
  }),
  finish: fc.record({ code: fc.constant("F"), name: fc.constant("F"), rateMinorPerDm2: minor }),
  machineMinorPerHour: minor,
  setupMinor: minor,
  minimumMinor: minor,
  currency: fc.constant("EUR"),
});
/** The edge of a cube in millimetres: a solid whose volume and area fit together. */
const edge = fc.double({ min: 0.5, max: 500, noNaN: true });
const cube = (length: number): Geometry => ({
  ...GEOMETRY,
  volumeMm3: length ** 3,
  areaMm2: 6 * length ** 2,
  extentsMm: [length, length, length],
});

test("the lines are whole, not negative, and add up to a price of at least the minimum", () => {
  fc.assert(
    fc.property(edge, terms, (length, book) => {
      const { lines, unitPriceMinor } = priced(priceModel(cube(length), book));
      const amounts = Object.values(lines);
      return (
        amounts.every((amount) => Number.isSafeInteger(amount) && amount >= 0) &&
        amounts.reduce((sum, amount) => sum + amount, 0) === unitPriceMinor &&
        unitPriceMinor >= book.minimumMinor &&
        lines.setupMinor >= book.setupMinor
      );
    }),
  );
});

test("a bigger piece never costs less", () => {
  fc.assert(
    fc.property(edge, edge, terms, (one, other, book) => {
      const [small, big] = [Math.min(one, other), Math.max(one, other)];
      const cost = (length: number) => priced(priceModel(cube(length), book)).unitPriceMinor;
      return cost(small) <= cost(big);
    }),
  );
});

test("a line is never further than half a minor unit from its exact amount", () => {
  fc.assert(
    fc.property(edge, terms, (length, book) => {
      const { lines, massGrams, machineSeconds } = priced(priceModel(cube(length), book));
      const off = [
        lines.materialMinor - (massGrams / 1000) * book.material.rateMinorPerKg,
        lines.machineMinor - (machineSeconds / 3600) * book.machineMinorPerHour,
        lines.finishingMinor - (cube(length).areaMm2 / 10_000) * book.finish.rateMinorPerDm2,
      ];
      return off.every((difference) => Math.abs(difference) <= 0.5001);
    }),
  );
});
