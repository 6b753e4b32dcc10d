import type { Baton } from "../../../baton";
import { type CrmServiceDefinition, ListOrdersResponse } from "../../../gen/alexandrite/crm/v1/crm";
import type { VersionedCache } from "../../../platform/cache";
import type { Handlers } from "../../../platform/grpc";
import { tagsOfList } from "../store/changes";

type Deps = { baton: Pick<Baton, "list">; cache: Pick<VersionedCache, "get"> };

/** All orders, the most recently changed first, whoever changed them: the list follows the events. */
export function listOrders({ baton, cache }: Deps): Handlers<typeof CrmServiceDefinition>["listOrders"] {
  return async ({ statuses, updatedSince, ownerId, pageSize: asked, pageToken }, { principal }) => {
    const pageSize = asked || 20;
    const wanted = [...new Set(statuses)].sort();
    // Every seller sees all orders. Roles do not share entries, so that what a role may see can become different.
    const key = JSON.stringify([
      principal.role,
      "list",
      ownerId,
      wanted,
      updatedSince?.getTime(),
      pageSize,
      pageToken,
    ]);
    return cache.get({
      key,
      tags: tagsOfList(ownerId, wanted),
      load: () =>
        baton.list({
          statuses: wanted,
          ...(updatedSince && { updatedSince }),
          ...(ownerId !== "" && { ownerId }),
          pageSize,
          pageToken,
        }),
      bytesOf: (page) => ListOrdersResponse.encode(page).finish().length,
    });
  };
}
