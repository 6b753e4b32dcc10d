import { listOrders as listFrom, readOrder } from "../../../baton";
import type {
  GetOrderResponse,
  ListOrdersRequest,
  ListOrdersResponse,
} from "../../../gen/alexandrite/crm/v1/crm";
import { ListOrdersRequest as ListOrders } from "../../../gen/alexandrite/crm/v1/crm";
import { type Look, openVersionedCache } from "../../../platform/cache";
import type { CallContext } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { createTestHost, type TestDatabase, type TestHost } from "../../../platform/testing";
import { openCrmCache } from "../cache";
import { getOrder } from "../grpc/get-order";
import { listOrders } from "../grpc/list-orders";

/** What an instance of CRM reads, without the rest of it. */
export type CachedInstance = {
  readonly host: TestHost;
  readonly db: Database;
  list(request?: Partial<ListOrdersRequest>, role?: string): Promise<ListOrdersResponse>;
  get(orderId: string, role?: string): Promise<GetOrderResponse>;
};

type Options = {
  cached: boolean;
  maxEntries?: number;
  /** Asked instead of the database what has changed, for a cache that is told wrong. */
  look?: Look;
};

/** Opens one on a database; closing its host ends it. */
export async function openInstance(
  database: TestDatabase,
  { cached, look, ...bounds }: Options,
): Promise<CachedInstance> {
  const host = createTestHost("crm");
  const db = await database.open(host);
  const cache = look
    ? openVersionedCache(host, { name: "crm", look, ...bounds })
    : openCrmCache(host, db, { enabled: cached, ...bounds });
  const baton = {
    list: (query: Parameters<typeof listFrom>[1]) => listFrom(db, query),
    get: (orderId: string) => readOrder(db, orderId),
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
