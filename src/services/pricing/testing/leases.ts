import { createHash, randomUUID } from "node:crypto";
import { JobLease } from "../../../gen/alexandrite/mes/v1/mes_worker";
import { LengthUnit, ModelFormat } from "../../../gen/alexandrite/order/v1/order";

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A lease of a job for these bytes, as MES makes them. */
export function leaseOf(model: Uint8Array, changes: Partial<JobLease> = {}): JobLease {
  return JobLease.fromPartial({
    jobId: randomUUID(),
    fence: 1n,
    modelSha256: sha256Of(model),
    modelSizeBytes: BigInt(model.length),
    format: ModelFormat.MODEL_FORMAT_STL,
    unit: LengthUnit.LENGTH_UNIT_MILLIMETER,
    material: {
      code: "PLA",
      name: "PLA",
      densityKgM3: 1_240,
      rateMinorPerKg: 250_000n,
      buildRateMm3PerHour: 24_000,
    },
    finish: { code: "RAW", name: "Raw", rateMinorPerDm2: 0n },
    machineMinorPerHour: 45_000n,
    setupMinor: 15_000n,
    minimumMinor: 50_000n,
    currency: "RUB",
    leaseMs: 15_000,
    ...changes,
  });
}
