import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import type { ConfirmDeliveryRequest, ConfirmDeliveryResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { Client } from "../../../platform/grpc";
import { annotate } from "../../../platform/telemetry";

/** ConfirmDelivery. CRM holds a SHIPPED order; it hears the command in the caller's own name. */
export function confirmDelivery({ crm }: { crm: Client<typeof CrmServiceDefinition> }) {
  return (request: ConfirmDeliveryRequest): Promise<ConfirmDeliveryResponse> => {
    annotate({ order_id: request.orderId });
    return crm.confirmDelivery(request);
  };
}
