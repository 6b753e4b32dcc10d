import { MesOperatorServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_operator";
import { descriptorSet } from "../../gen/descriptors";
import { createServer } from "../../platform/grpc";
import type { ServiceHost } from "../../platform/lifecycle";
import type { MesConfig } from "./config";
import { openCore } from "./core";
import { operatorLists } from "./grpc/operator-lists";
import { operatorMoves } from "./grpc/operator-moves";

/** The operators' door: a process of its own, so that no flood of uploads slows the workshop down. */
export async function startMesOperator(host: ServiceHost, config: MesConfig): Promise<{ port: number }> {
  const { baton, authenticate } = await openCore(host, config, { follow: false });
  await baton.start();
  const server = createServer(host, config.grpc, { authenticate, descriptors: descriptorSet });
  server.add(MesOperatorServiceDefinition, { ...operatorLists({ baton }), ...operatorMoves({ baton }) });
  return host.own(server.listen());
}
