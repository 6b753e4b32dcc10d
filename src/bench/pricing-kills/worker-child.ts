/**
 * Pricing workers as the pricing service runs them, in a process that is there to be killed or frozen. Arguments: the address of MES's door for workers, the service's key, how many workers.
 * The calculation is a wait of random length; its price is the fence that it was leased under, so that a result tells which lease it was made in.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Geometry } from "../../gen/alexandrite/order/v1/order";
import { MesWorkerServiceDefinition, UnitPrice } from "../../gen/alexandrite/mes/v1/mes_worker";
import { openClient, serviceKey } from "../../platform/grpc";
import { type Calculate, startWorker } from "../../services/pricing/work";
import { createBenchHost } from "../events/place";

export type Held = { jobId: string; fence: number };
export type WorkerReport = { kind: "ready" } | ({ kind: "claimed" | "ended"; worker: number } & Held);

const calculationMs = { least: 50, most: 450 };

async function main([address = "", key = "", workers = "1"]: string[]): Promise<void> {
  const { host } = createBenchHost("pricing-kills");
  for (let worker = 0; worker < Number(workers); worker++) {
    const mes = await host.own(
      openClient(host, MesWorkerServiceDefinition, {
        address: [address],
        credentials: serviceKey(key),
      }),
    );
    await host.own(startWorker(host, { mes, calculate: waiting(worker), slots: 1 }));
  }
  tell({ kind: "ready" });
}

function waiting(worker: number): Calculate {
  return async ({ jobId, fence }, { onProgress, signal }) => {
    const held = { worker, jobId, fence: Number(fence) };
    tell({ kind: "claimed", ...held });
    try {
      const ms = calculationMs.least + Math.random() * (calculationMs.most - calculationMs.least);
      await sleep(ms / 2, undefined, { signal });
      onProgress(0.5);
      await sleep(ms / 2, undefined, { signal });
      const unitPrice = UnitPrice.fromPartial({ totalMinor: fence, currency: "RUB" });
      return { kind: "done", geometry: nothing, unitPrice, cpuSeconds: 0 };
    } finally {
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
