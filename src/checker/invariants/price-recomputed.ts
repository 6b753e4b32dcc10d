import type { PriceBook, PriceSeen } from "../evidence";
import type { Breach, Invariant } from "./invariant";

/** Computed anew from what the order says of its model and from the price book, by the formula as it is documented, not by the services' code. */
export const priceRecomputed: Invariant = {
  name: "price-recomputed",
  promises: "Every price is what its model's volume and area, its quantity and its price book make.",
  needs: ["services", "pricing"],
  check({ evidence, orderIds, eventsOf }) {
    const breaches: Breach[] = [];
    for (const orderId of orderIds) {
      for (const { version, price } of eventsOf(orderId)) {
        if (!price) continue;
        const book = evidence.pricing!.books.get(price.bookVersion);
        const expected = book && recompute(price, book);
        const found = linesOf(price);
        if (expected !== undefined && found === linesOf(expected)) continue;
        breaches.push({
          about: orderId,
          where: `v${version}`,
          found,
          expected: expected ? linesOf(expected) : `a price of book ${price.bookVersion}, which there is not`,
        });
      }
    }
    return breaches;
  },
};

type Lines = Pick<
  PriceSeen,
  "totalMinor" | "unitMinor" | "materialMinor" | "machineMinor" | "finishingMinor" | "setupMinor" | "currency"
>;

function linesOf({
  totalMinor,
  unitMinor,
  materialMinor,
  machineMinor,
  finishingMinor,
  setupMinor,
  currency,
}: Lines): string {
  return `${totalMinor} ${currency} (a piece ${unitMinor}: material ${materialMinor}, machine ${machineMinor}, finishing ${finishingMinor}, setup ${setupMinor})`;
}

function recompute(
  { volumeMm3, areaMm2, material, finish, quantity }: PriceSeen,
  book: PriceBook,
): Lines | undefined {
  const rates = book.materials.get(material);
  const finishRate = book.finishes.get(finish);
  if (!rates || finishRate === undefined) return undefined;
  const kilograms = (Math.abs(volumeMm3) * rates.densityKgM3) / 1e9;
  const hours = Math.abs(volumeMm3) / rates.buildRateMm3PerHour;
  const materialMinor = Math.round(kilograms * rates.rateMinorPerKg);
  const machineMinor = Math.round(hours * book.machineMinorPerHour);
  const finishingMinor = Math.round((areaMm2 / 10_000) * finishRate);
  const work = materialMinor + machineMinor + finishingMinor;
  const setupMinor = Math.max(book.setupMinor, book.minimumMinor - work);
  const unitMinor = work + setupMinor;
  const { currency } = book;
  return {
    totalMinor: unitMinor * quantity,
    unitMinor,
    materialMinor,
    machineMinor,
    finishingMinor,
    setupMinor,
    currency,
  };
}
