/**
 * Pricing workers as the pricing service runs them, in a process that is there to be killed or frozen. They begin when the parent says so. Arguments: the address of MES's door for workers, the service's key, how many workers,
 * how long a calculation is at least and at most, in milliseconds. The calculation is a wait; its price is the fence that it was leased under, so that a result tells which lease it was made in. It is over at its
 * time whatever befalls the worker, as in production, where it is a process of its own.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Geometry } from "../../gen/alexandrite/order/v1/order";
import { MesWorkerServiceDefinition, UnitPrice } from "../../gen/alexandrite/mes/v1/mes_worker";
import { openClient, serviceKey } from "../../platform/grpc";
import { type Calculate, startWorker } from "../../services/pricing/work";
import { createBenchHost } from "../events/place";

export type Held = { jobId: string; fence: number };
export type WorkerReport = { kind: "ready" } | ({ kind: "claimed" | "ended"; worker: number } & Held);

async function main([address = "", key = "", workers, leastMs, mostMs]: string[]): Promise<void> {
  const { host } = createBenchHost("pricing-kills");
  tell({ kind: "ready" });
  await new Promise((resolve) => process.once("message", resolve));
  for (let worker = 0; worker < Number(workers); worker++) {
    const mes = await host.own(
      openClient(host, MesWorkerServiceDefinition, {
        address: [address],
        credentials: serviceKey(key),
      }),
    );
    await host.own(
      startWorker(host, { mes, calculate: waiting(worker, Number(leastMs), Number(mostMs)), slots: 1 }),
    );
  }
}

function waiting(worker: number, leastMs: number, mostMs: number): Calculate {
  return async ({ jobId, fence }, { onProgress, signal }) => {
    const held = { worker, jobId, fence: Number(fence) };
    const ms = leastMs + Math.random() * (mostMs - leastMs);
    const half = setTimeout(() => onProgress(0.5), ms / 2);
    tell({ kind: "claimed", ...held });
    try {
      await sleep(ms, undefined, { signal });
      const unitPrice = UnitPrice.fromPartial({ totalMinor: fence, currency: "RUB" });
      return { kind: "done", geometry: nothing, unitPrice, cpuSeconds: 0 };
    } finally {
      clearTimeout(half);
      tell({ kind: "ended", ...held });
    }
  };
}

const nothing: Geometry = {
  triangles: 0n,
  volumeMm3: 0,
  areaMm2: 0,
  extentsMm: [0, 0, 0],
  watertight: true,
  bodies: 0,
};

function tell(report: WorkerReport): void {
  process.send?.(report);
}

// Without its parent it has no reason to live.
process.once("disconnect", () => process.exit(0));
void main(process.argv.slice(2));
