import { createHash, type Hash } from "node:crypto";
import type { JobLease, UnitPrice } from "../../../gen/alexandrite/mes/v1/mes_worker";
import type { Geometry as GeometryMessage } from "../../../gen/alexandrite/order/v1/order";
import { AppError } from "../../../platform/errors";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Processes } from "../../../platform/process";
import type { ObjectStore } from "../../../platform/s3";
import { extractTrace, runInScope, withSpan } from "../../../platform/telemetry";
import type { PiecePrice } from "../domain";
import type { Geometry } from "../geometry";
import { formatOf, termsOf, unitOf } from "./job";
import { ChildDiedError, type ChildLimits, runChild } from "./run-child";

/** How a job ended. `deterministic`: the same input ends so again. */
export type Calculated =
  | { kind: "done"; geometry: GeometryMessage; unitPrice: UnitPrice; cpuSeconds: number }
  | { kind: "failed"; reason: string; message: string; deterministic: boolean; cpuSeconds: number };

/** Calculates a job; never rejects but for an aborted `signal`. */
export type Calculate = (
  lease: JobLease,
  options: { onProgress: (fraction: number) => void; signal: AbortSignal },
) => Promise<Calculated>;

type Means = { store: ObjectStore; processes: Processes; limits: ChildLimits };

/** The calculation of a leased job, in the trace of the upload that asked for it. */
export function createCalculator(host: ServiceHost, { store, processes, limits }: Means): Calculate {
  return (lease, options) => {
    const scope = { fields: { job_id: lease.jobId }, signal: options.signal };
    const attributes = {
      "pricing.job.id": lease.jobId,
      "pricing.job.fence": Number(lease.fence),
      "pricing.model.sha256": lease.modelSha256,
      "pricing.model.bytes": Number(lease.modelSizeBytes),
    };
    return runInScope(
      scope,
      () =>
        withSpan("pricing.calculate", { attributes }, async (span) => {
          const calculated = await calculate({ store, processes, limits }, lease, options);
          const outcome = calculated.kind === "done" ? "done" : calculated.reason;
          span.setAttributes({ "pricing.outcome": outcome, "pricing.cpu_seconds": calculated.cpuSeconds });
          host.log.info(
            { outcome, cpu_seconds: calculated.cpuSeconds, fence: Number(lease.fence) },
            `job ended: ${outcome}`,
          );
          return calculated;
        }),
      extractTrace(lease.traceContext),
    );
  };
}

async function calculate(
  { store, processes, limits }: Means,
  lease: JobLease,
  options: { onProgress: (fraction: number) => void; signal: AbortSignal },
): Promise<Calculated> {
  const hash = createHash("sha256");
  try {
    const byteLength = Number(lease.modelSizeBytes);
    const { body, length } = await store.get(`models/${lease.modelSha256}`);
    if (length !== byteLength) return damaged(`has ${length} bytes, not ${byteLength}`);
    const job = {
      format: formatOf(lease.format),
      unit: unitOf(lease.unit),
      byteLength,
      terms: termsOf(lease),
    };
    const report = await runChild(processes, job, hashed(body, hash), limits, options);
    switch (report.kind) {
      case "measured": {
        if (hash.digest("hex") !== lease.modelSha256) return damaged("has another SHA-256");
        const { geometry, result, cpuSeconds } = report;
        if (result.status === "NOT_PRICED") return failed(result.reason, result.message, true, cpuSeconds);
        return {
          kind: "done",
          geometry: toGeometry(geometry),
          unitPrice: toUnitPrice(result.price),
          cpuSeconds,
        };
      }
      case "refused":
        // A refusal is for ever, and may come before the last byte: the model must be the one that was uploaded.
        if (!(await isIntact(store, lease.modelSha256))) return damaged("has another SHA-256");
        return failed(report.reason, report.message, true, report.cpuSeconds);
      case "failed":
      case "progress":
        return failed(
          "CALCULATION_BROKE",
          report.kind === "failed" ? report.message : "It ended in the middle",
          false,
        );
    }
  } catch (error) {
    if (options.signal.aborted) throw error;
    if (error instanceof ChildDiedError) return failed(error.reason, error.message, false);
    const reason = error instanceof AppError ? error.reason : "MODEL_UNREADABLE";
    return failed(reason, error instanceof Error ? error.message : String(error), false);
  }
}

async function isIntact(store: ObjectStore, sha256: string): Promise<boolean> {
  const hash = createHash("sha256");
  const { body } = await store.get(`models/${sha256}`);
  for await (const bytes of body) hash.update(bytes);
  return hash.digest("hex") === sha256;
}

async function* hashed(body: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const bytes of body) {
    hash.update(bytes);
    yield bytes;
  }
}

/** Nothing is known about the model itself: another copy of the bytes may be whole. */
function damaged(how: string): Calculated {
  return failed("STORED_MODEL_DAMAGED", `The stored model is not the one uploaded: it ${how}`, false);
}

function failed(reason: string, message: string, deterministic: boolean, cpuSeconds = 0): Calculated {
  return { kind: "failed", reason, message, deterministic, cpuSeconds };
}

function toGeometry({
  triangles,
  volumeMm3,
  areaMm2,
  extentsMm,
  watertight,
  bodies,
}: Geometry): GeometryMessage {
  return {
    triangles: BigInt(triangles),
    volumeMm3: Math.abs(volumeMm3),
    areaMm2,
    extentsMm: [...extentsMm],
    watertight,
    bodies,
  };
}

function toUnitPrice({ unitPriceMinor, lines, currency, massGrams, machineSeconds }: PiecePrice): UnitPrice {
  return {
    totalMinor: BigInt(unitPriceMinor),
    materialMinor: BigInt(lines.materialMinor),
    machineMinor: BigInt(lines.machineMinor),
    finishingMinor: BigInt(lines.finishingMinor),
    setupMinor: BigInt(lines.setupMinor),
    currency,
    massGrams,
    machineSeconds,
  };
}
