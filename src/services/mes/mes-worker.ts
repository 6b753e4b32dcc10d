import { MesWorkerServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_worker";
import { descriptorSet } from "../../gen/descriptors";
import { createServer } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import type { MesConfig } from "./config";
import { openCore } from "./core";
import { createTakeReport } from "./grpc/take-report";
import { work } from "./grpc/work";
import { createCompleter } from "./jobs/complete";
import { createJobQueue } from "./jobs/queue";

/** The workers' door: a process of its own, so that no flood of uploads starves the renewal of leases. */
export async function startMesWorker(host: ServiceHost, config: MesConfig): Promise<{ port: number }> {
  const { db, baton, authenticate } = await openCore(host, config, { follow: false });
  const { leaseMs, maxTries, customerSharePercent, priceValidDays } = config.pricing;
  const queue = createJobQueue(db, { leaseMs, maxTries, customerSharePercent });
  const completer = createCompleter(host, { db, baton, priceValidDays });
  await baton.start();
  const server = createServer(host, config.grpc, { authenticate, descriptors: descriptorSet });
  const takeReport = createTakeReport(host, { queue, completer, leaseMs });
  server.add(MesWorkerServiceDefinition, { work: work(host, { db, queue, takeReport, leaseMs }) });
  return host.own(server.listen());
}
