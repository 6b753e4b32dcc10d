import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { type Order, OwnerKind } from "../../../gen/alexandrite/order/v1/order";
import { AppError } from "../../../platform/errors";
import type { CallContext } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { testS3 } from "../../../platform/testing";
import { openCrmCache } from "../../../services/crm/cache";
import { getOrder as getCrmOrder } from "../../../services/crm/grpc/get-order";
import { crmMigrations } from "../../../services/crm/store/migrations";
import { nextVersion, openMove } from "../../../services/crm/testing/order-writer";
import { createOrder } from "../../../services/mes/grpc/create-order";
import { createModelStore } from "../../../services/mes/models/model-store";
import { mesMigrations } from "../../../services/mes/store/migrations";
import { getOrder as getShopOrder } from "../../../services/shop/grpc/get-order";
import { swallow } from "./quietly";
import type { Scenario } from "./scenario";
import { one, Stage } from "./stage";

const anna = { role: "customer", id: "anna" };
const boris = { role: "customer", id: "boris" };

function as(caller: { role: string; id: string }): CallContext {
  return { principal: { ...caller, name: caller.id } } as CallContext;
}

function known(answer: { order?: Order | undefined }): Order {
  if (!answer.order) throw new Error("The answer holds no order.");
  return answer.order;
}

/** A database that goes away with a process. */
const away = (): Promise<never> =>
  Promise.reject(
    new AppError({ category: "unavailable", reason: "KILLED", message: "the process was killed" }),
  );

const cacheNotInvalidated: Scenario = {
  bug: "cache-not-invalidated",
  foundBy: "no-version-regression",
  stage: () => Stage.open({ running: [], looked: ["CRM"], migrations: { CRM: crmMigrations } }),
  async run(stage) {
    const { db, baton } = stage.world.services.CRM;
    const instances = [true, false].map((enabled) =>
      getCrmOrder({ baton: baton!, db, cache: openCrmCache(stage.host, db, { enabled }) }),
    );
    const first = nextVersion(undefined, "anna");
    const { orderId } = first;
    const read = async (instance: (typeof instances)[number]): Promise<unknown> => {
      const call = { kind: "read", name: "getOrder", store: "crm", orderId } as const;
      return stage
        .client("seller")
        .record(call, async () => known(await instance({ orderId }, as(boris))), one);
    };
    await (await openMove(db, first)).commit();
    await read(instances[0]!);
    await (await openMove(db, nextVersion(first, "anna"))).commit();
    await read(instances[1]!);
    await read(instances[0]!);
  },
};

const foreignOrderReadable: Scenario = {
  bug: "foreign-order-readable",
  foundBy: "tenants-apart",
  stage: () => Stage.open({ running: [], looked: ["SHOP"] }),
  async run(stage) {
    const { db, baton } = stage.world.services.SHOP;
    const owner = { kind: OwnerKind.OWNER_KIND_CUSTOMER, id: anna.id };
    const order = { ...nextVersion(undefined, anna.id), owner };
    await (await openMove(db, order)).commit();
    const { orderId } = order;
    const getOrder = getShopOrder({ baton: baton! });
    for (const caller of [anna, boris]) {
      const call = { kind: "read", name: "getOrder", store: "shop", orderId } as const;
      const run = async () => known(await getOrder({ orderId }, as(caller)));
      await swallow(stage.client(caller.id, caller).record(call, run, one));
    }
  },
};

const answerBeforeCommit: Scenario = {
  bug: "answer-before-commit",
  foundBy: "no-lost-order",
  stage: () => Stage.open({ running: [], looked: ["MES"], migrations: { MES: mesMigrations } }),
  async run(stage) {
    const { db, baton } = stage.world.services.MES;
    const killed: Database = { ...db, transaction: away };
    const admission = { mustTakeOrder: () => undefined, mustTakeModel: () => undefined };
    const create = createOrder({ baton: baton!, db: killed, admission });
    const orderId = randomUUID();
    const specification = { material: "PLA", finish: "RAW", quantity: 1 };
    const call = { kind: "create", name: "createOrder", store: "mes", orderId } as const;
    const run = async () => known(await create({ orderId, specification }, as(anna)));
    await swallow(stage.client(anna.id, anna).record(call, run, one));
  },
};

const objectWithoutRow: Scenario = {
  bug: "object-without-row",
  foundBy: "no-orphan-object",
  stage: async () => {
    const stage = await Stage.open({ running: [], looked: ["MES"], migrations: { MES: mesMigrations } });
    const bucket = await testS3();
    stage.more.objects = { store: await bucket.open(stage.host), rows: stage.world.services.MES.db };
    return stage;
  },
  async run(stage) {
    const { store, rows } = stage.more.objects!;
    const killed = { ...rows, one: away } as unknown as Database;
    const bytes = Buffer.from("solid cube");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const model = {
      sha256,
      sizeBytes: bytes.length,
      read: () => Readable.from([bytes]),
      remove: async () => undefined,
    };
    await swallow(createModelStore(stage.host, { db: killed, store }).keep(model));
  },
};

export const readScenarios: readonly Scenario[] = [
  cacheNotInvalidated,
  foreignOrderReadable,
  answerBeforeCommit,
  objectWithoutRow,
];
