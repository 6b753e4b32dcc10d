import { listOrders as listFrom } from "../../../baton";
import type {
  GetOrderResponse,
  ListOrdersRequest,
  ListOrdersResponse,
} from "../../../gen/alexandrite/crm/v1/crm";
import { ListOrdersRequest as ListOrders } from "../../../gen/alexandrite/crm/v1/crm";
import { Order } from "../../../gen/alexandrite/order/v1/order";
import { openVersionedCache, withoutCache } from "../../../platform/cache";
import type { CallContext } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { createTestHost, type TestDatabase, type TestHost } from "../../../platform/testing";
import { getOrder } from "../grpc/get-order";
import { listOrders } from "../grpc/list-orders";
import { createLook } from "../store/changes";

/** What an instance of CRM reads, without the rest of it. */
export type CachedInstance = {
  readonly host: TestHost;
  readonly db: Database;
  list(request?: Partial<ListOrdersRequest>, role?: string): Promise<ListOrdersResponse>;
  get(orderId: string, role?: string): Promise<GetOrderResponse>;
};

/** Opens one on a database; closing its host ends it. */
export async function openInstance(
  database: TestDatabase,
  { cached, ...bounds }: { cached: boolean; maxEntries?: number },
): Promise<CachedInstance> {
  const host = createTestHost("crm");
  const db = await database.open(host);
  const cache = cached
    ? openVersionedCache(host, { name: "crm", look: createLook(db), ...bounds })
    : withoutCache;
  const baton = {
    list: (query: Parameters<typeof listFrom>[1]) => listFrom(db, query),
    async get(orderId: string): Promise<Order | undefined> {
      const text = "SELECT snapshot FROM orders WHERE order_id = $1";
      const row = await db.maybeOne<{ snapshot: unknown }>(text, [orderId]);
      return row && Order.fromJSON(row.snapshot);
    },
  };
  const handlers = { list: listOrders({ baton, cache }), get: getOrder({ baton, db, cache }) };
  const call = (role: string) => ({ principal: { role, id: "1", name: "" } }) as CallContext;
  return {
    host,
    db,
    list: (request = {}, role = "seller") =>
      handlers.list({ ...ListOrders.fromPartial({}), ...request }, call(role)),
    get: (orderId, role = "seller") => handlers.get({ orderId }, call(role)),
  };
}
