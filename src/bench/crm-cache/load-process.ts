import { CrmServiceDefinition, ListOrdersRequest } from "../../gen/alexandrite/crm/v1/crm";
import { OrderStatus } from "../../gen/alexandrite/order/v1/order";
import { defineConfig } from "../../platform/config";
import { type Client, openClient, withoutCredentials } from "../../platform/grpc";
import { openDatabase, postgresConfig } from "../../platform/postgres";
import { crmMigrations } from "../../services/crm/store/migrations";
import { createToolHost } from "../../tools/tool-host";
import { seededRandom } from "../stats";
import { Ages } from "./ages";
import { timesOf } from "./latencies";
import type { LoadOrder, LoadReport, Ran } from "./messages";
import { applyVersion, hotOrders, hotOwners, nextVersion, ordersPerOwner } from "./orders";
import { workloads } from "./workloads";

type Crm = Client<typeof CrmServiceDefinition>;

/** The lists that sellers look at: the newest, each status, each hot owner's. */
const lists: Partial<ListOrdersRequest>[] = [
  {},
  { statuses: [OrderStatus.ORDER_STATUS_PRICED] },
  { statuses: [OrderStatus.ORDER_STATUS_SHIPPED] },
  { statuses: [OrderStatus.ORDER_STATUS_MODEL_UPLOADED, OrderStatus.ORDER_STATUS_PRICED] },
  ...hotOwners.map((ownerId) => ({ ownerId })),
];

/** Callers of CRM and the writer of its orders, in one process: what was committed when, and what was asked when, is then of one clock. */
async function main(): Promise<void> {
  const { host } = createToolHost("load");
  const { postgres } = defineConfig({ postgres: postgresConfig })({
    DATABASE_URL: process.env["BENCH_DATABASE_URL"] ?? "",
  });
  const db = await openDatabase(host, postgres, { migrations: crmMigrations });
  const clients = new Map<number, Crm>();
  const clientOf = async (port: number): Promise<Crm> => {
    const known = clients.get(port);
    if (known) return known;
    const address = `127.0.0.1:${port}`;
    const client = await openClient(host, CrmServiceDefinition, {
      address,
      credentials: withoutCredentials(),
      retry: false,
    });
    clients.set(port, client);
    return client;
  };
  const hot = hotOrders();
  const ids = [...hot.keys()];
  const ages = new Ages();
  const random = seededRandom(1);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() ** 2 * from.length)] as T;

  async function run({ port, workload, calls, atATime, updatesPerSecond }: LoadOrder): Promise<Ran> {
    const crm = await clientOf(port);
    const { lists: share, changes } = workloads[workload];
    const took = { list: [] as number[], get: [] as number[] };
    let left = calls;
    let updates = 0;
    ages.begin();
    const work = async (): Promise<void> => {
      while (left-- > 0) {
        const isList = random() < share;
        const sentAt = performance.now();
        if (isList) {
          const request = { ...ListOrdersRequest.fromPartial({}), ...pick(lists) };
          const { orders } = await crm.listOrders(request);
          took.list.push(performance.now() - sentAt);
          for (const order of orders) ages.saw(order, sentAt);
          if (request.ownerId !== "") mustBeWhole(request.ownerId, orders.length);
        } else {
          const { order } = await crm.getOrder({ orderId: pick(ids) });
          took.get.push(performance.now() - sentAt);
          if (order) ages.saw(order, sentAt);
        }
      }
    };
    const write = async (): Promise<void> => {
      for (let dueAt = performance.now(); left > 0; dueAt += 1_000 / updatesPerSecond) {
        await new Promise((resolve) => setTimeout(resolve, dueAt - performance.now()));
        const next = nextVersion(hot.get(pick(ids))!);
        await applyVersion(db, next);
        hot.set(next.orderId, next);
        ages.applied(next);
        updates += 1;
      }
    };
    const startedAt = performance.now();
    const writing = changes ? write() : undefined;
    await Promise.all(Array.from({ length: atATime }, work));
    const seconds = (performance.now() - startedAt) / 1_000;
    await writing;
    return { seconds, list: timesOf(took.list), get: timesOf(took.get), updates, ...ages.worst() };
  }

  const tell = (report: LoadReport) => process.send?.(report);
  process.on("message", (order: LoadOrder) => {
    void run(order).then((ran) => tell({ kind: "ran", ...ran }));
  });
  process.once("disconnect", () => process.exit(0));
  tell({ kind: "ready" });
}

/** An order that is missing from its owner's list would be no old version of it, and worse. */
function mustBeWhole(ownerId: string, listed: number): void {
  if (listed !== ordersPerOwner)
    throw new Error(`The list of ${ownerId} has ${listed} orders, not ${ordersPerOwner}.`);
}

process.once("unhandledRejection", (error) => {
  console.error(error);
  process.exit(1);
});
void main();
