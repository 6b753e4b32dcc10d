import type { Baton } from "../../../baton";
import type { CrmServiceDefinition } from "../../../gen/alexandrite/crm/v1/crm";
import type { Handlers } from "../../../platform/grpc";

/** All orders, the most recently changed first, whoever changed them: the list follows the events. */
export function listOrders({ baton }: { baton: Baton }): Handlers<typeof CrmServiceDefinition>["listOrders"] {
  return async ({ statuses, updatedSince, ownerId, pageSize, pageToken }) =>
    baton.list({
      statuses,
      ...(updatedSince && { updatedSince }),
      ...(ownerId !== "" && { ownerId }),
      pageSize: pageSize || 20,
      pageToken,
    });
}
