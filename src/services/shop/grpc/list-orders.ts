import type { Baton } from "../../../baton";
import type { ListOrdersRequest, ListOrdersResponse } from "../../../gen/alexandrite/shop/v1/shop";
import type { CallContext } from "../../../platform/grpc";

const defaultPage = 20;

/** ListOrders: the caller's own, whatever the filters say. */
export function listOrders({ baton }: { baton: Baton }) {
  return async (
    { statuses, updatedSince, pageSize, pageToken }: ListOrdersRequest,
    { principal }: CallContext,
  ): Promise<ListOrdersResponse> =>
    baton.list({
      ownerId: principal.id,
      statuses,
      ...(updatedSince ? { updatedSince } : {}),
      pageSize: pageSize || defaultPage,
      pageToken,
    });
}
