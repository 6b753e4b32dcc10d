import { errors } from "../../../baton";
import { type Order, OwnerKind } from "../../../gen/alexandrite/order/v1/order";
import type { Principal } from "../../../platform/grpc";

const kinds: Readonly<Record<string, OwnerKind>> = {
  customer: OwnerKind.OWNER_KIND_CUSTOMER,
  partner: OwnerKind.OWNER_KIND_PARTNER,
};

/** Sellers act on every order, customers and partners on their own: a foreign order answers like a missing one. Ids of customers and partners come from different issuers, so the kind counts too. */
export function mustBeVisible(order: Order, principal: Principal): void {
  if (principal.role === "seller" || principal.role === "service") return;
  const isOwner = order.owner?.kind === kinds[principal.role] && order.owner?.id === principal.id;
  if (!isOwner) throw errors.orderNotFound({ orderId: order.orderId });
}
