import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import type { RepriceOrderRequest, RepriceOrderResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { Client } from "../../../platform/grpc";
import { annotate } from "../../../platform/telemetry";

/** RepriceOrder. CRM holds a PRICED order; it hears the command in the caller's own name. */
export function repriceOrder({ crm }: { crm: Client<typeof CrmServiceDefinition> }) {
  return (request: RepriceOrderRequest): Promise<RepriceOrderResponse> => {
    annotate({ order_id: request.orderId });
    return crm.repriceOrder(request);
  };
}
