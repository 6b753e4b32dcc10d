import { type Order, OwnerKind } from "../../../gen/alexandrite/order/v1/order";

const kinds: Readonly<Record<string, OwnerKind>> = {
  customer: OwnerKind.OWNER_KIND_CUSTOMER,
  partner: OwnerKind.OWNER_KIND_PARTNER,
};

/** Whether an order belongs to a caller. Ids of customers and partners come from different issuers, so the kind counts too. */
export function isOwner(order: Order, caller: { role: string; id: string }): boolean {
  return order.owner !== undefined && order.owner.kind === kinds[caller.role] && order.owner.id === caller.id;
}
