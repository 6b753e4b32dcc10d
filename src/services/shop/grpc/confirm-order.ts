import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import type { ConfirmOrderRequest, ConfirmOrderResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { Client } from "../../../platform/grpc";
import { annotate } from "../../../platform/telemetry";

/** ConfirmOrder. CRM holds a PRICED order; it hears the command in the caller's own name. */
export function confirmOrder({ crm }: { crm: Client<typeof CrmServiceDefinition> }) {
  return (request: ConfirmOrderRequest): Promise<ConfirmOrderResponse> => {
    annotate({ order_id: request.orderId });
    return crm.confirmOrder(request);
  };
}
