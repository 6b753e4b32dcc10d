import { MesWorkerServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_worker";
import { openClient, serviceKey } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import { openProcesses } from "../../platform/process";
import { openStore } from "../../platform/s3";
import { createCalculator } from "./calculation/calculate";
import { calculationProgram } from "./calculation/run-child";
import type { PricingConfig } from "./config";
import { startWorker } from "./work/worker";

/** A pricing worker: leases jobs from MES, calculates each in a process of its own, reports. It owns nothing; any number may run. */
export async function startPricing(host: ServiceHost, config: PricingConfig): Promise<void> {
  const store = await host.own(openStore(host, config.s3));
  const mes = await host.own(
    openClient(host, MesWorkerServiceDefinition, {
      address: config.mesWorkerAddresses,
      credentials: serviceKey(config.serviceKey),
      tls: config.tls,
    }),
  );
  const processes = await host.own(openProcesses(host, { programs: [calculationProgram] }));
  const calculate = createCalculator(host, { store, processes, limits: config.limits });
  await host.own(startWorker(host, { mes, calculate, slots: config.slots }));
}
