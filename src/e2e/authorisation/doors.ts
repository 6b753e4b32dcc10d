import { CrmServiceDefinition } from "../../gen/alexandrite/crm/v1/crm";
import { OrderEventsServiceDefinition } from "../../gen/alexandrite/events/v1/events";
import { MesServiceDefinition } from "../../gen/alexandrite/mes/v1/mes";
import { MesOperatorServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_operator";
import { MesWorkerServiceDefinition } from "../../gen/alexandrite/mes/v1/mes_worker";
import { ShopServiceDefinition } from "../../gen/alexandrite/shop/v1/shop";
import type { RpcService } from "../../platform/grpc";

export type Door = { definition: RpcService; port: "shop" | "crm" | "mes" | "mesOperator" | "mesWorker" };

/** Where each service of the descriptors is served. */
export const doors: readonly Door[] = [
  { definition: ShopServiceDefinition, port: "shop" },
  { definition: CrmServiceDefinition, port: "crm" },
  { definition: MesServiceDefinition, port: "mes" },
  { definition: MesOperatorServiceDefinition, port: "mesOperator" },
  { definition: MesWorkerServiceDefinition, port: "mesWorker" },
  { definition: OrderEventsServiceDefinition, port: "shop" },
  { definition: OrderEventsServiceDefinition, port: "crm" },
  { definition: OrderEventsServiceDefinition, port: "mes" },
];
