import type { JobLease, UnitPrice } from "../../gen/alexandrite/mes/v1/mes_worker";
import type { Geometry } from "../../gen/alexandrite/order/v1/order";

/** What a reader of the model finds. STL keeps 32 bits of a number. */
export function geometryOfCube(edge: number): Geometry {
  const size = Math.fround(edge);
  return {
    triangles: 12n,
    volumeMm3: size ** 3,
    areaMm2: 6 * size ** 2,
    extentsMm: [size, size, size],
    watertight: true,
    bodies: 1,
  };
}

/** The price of one piece as it is documented, by the terms of the job. */
export function priceOf({ volumeMm3, areaMm2 }: Geometry, lease: JobLease): UnitPrice {
  const { material, finish, currency } = lease;
  const grams = (volumeMm3 * (material?.densityKgM3 ?? 0)) / 1e6;
  const hours = volumeMm3 / (material?.buildRateMm3PerHour ?? 1);
  const materialMinor = Math.round((grams * Number(material?.rateMinorPerKg ?? 0)) / 1_000);
  const machineMinor = Math.round(hours * Number(lease.machineMinorPerHour));
  const finishingMinor = Math.round((areaMm2 * Number(finish?.rateMinorPerDm2 ?? 0)) / 10_000);
  const work = materialMinor + machineMinor + finishingMinor;
  const setupMinor = Math.max(Number(lease.setupMinor), Number(lease.minimumMinor) - work);
  return {
    materialMinor: BigInt(materialMinor),
    machineMinor: BigInt(machineMinor),
    finishingMinor: BigInt(finishingMinor),
    setupMinor: BigInt(setupMinor),
    totalMinor: BigInt(work + setupMinor),
    currency,
    massGrams: grams,
    machineSeconds: hours * 3_600,
  };
}
