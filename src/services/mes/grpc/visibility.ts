import { errors } from "../../../baton";
import { type Order, type Owner, OwnerKind } from "../../../gen/alexandrite/order/v1/order";
import type { Principal } from "../../../platform/grpc";

/** Whom an order of this caller belongs to. */
export function ownerOf({ role, id }: Pick<Principal, "role" | "id">): Owner {
  return {
    kind: role === "partner" ? OwnerKind.OWNER_KIND_PARTNER : OwnerKind.OWNER_KIND_CUSTOMER,
    id,
  };
}

/** Whether an order belongs to a caller. Ids of customers and partners come from different issuers, so the kind counts too. */
export function isOwner({ owner }: Order, principal: Pick<Principal, "role" | "id">): boolean {
  const { kind, id } = ownerOf(principal);
  return owner?.kind === kind && owner.id === id;
}

/** Customers and partners see their own orders; a foreign one answers like a missing one. */
export function mustBeVisible(order: Order, principal: Principal): void {
  if (principal.role === "service" || principal.role === "operator") return;
  if (!isOwner(order, principal)) throw errors.orderNotFound({ orderId: order.orderId });
}
