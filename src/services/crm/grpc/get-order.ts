import { type Baton, errors } from "../../../baton";
import { type CrmServiceDefinition, GetOrderResponse } from "../../../gen/alexandrite/crm/v1/crm";
import type { VersionedCache } from "../../../platform/cache";
import type { Handlers } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { annotate } from "../../../platform/telemetry";
import { tagOfOrder } from "../store/changes";
import { notesOf } from "../store/notes";

type Deps = { baton: Pick<Baton, "get">; db: Database; cache: Pick<VersionedCache, "get"> };

export function getOrder({ baton, db, cache }: Deps): Handlers<typeof CrmServiceDefinition>["getOrder"] {
  return async ({ orderId }, { principal }) => {
    annotate({ order_id: orderId });
    return cache.get({
      key: JSON.stringify([principal.role, "order", orderId.toLowerCase()]),
      tags: [tagOfOrder(orderId)],
      load: async () => {
        const order = await baton.get(orderId);
        if (order === undefined) throw errors.orderNotFound({ orderId });
        return { order, notes: await notesOf(db, orderId) };
      },
      bytesOf: (answer) => GetOrderResponse.encode(answer).finish().length,
    });
  };
}
