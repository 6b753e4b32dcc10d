import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { isDone, swallow } from "./quietly";
import type { Scenario } from "./scenario";
import { sight, Stage } from "./stage";

const S = OrderStatus;
const alone = (): Promise<Stage> => Stage.open({ running: [], looked: ["MES"] });

const noVersionGuard: Scenario = {
  bug: "no-version-guard",
  foundBy: "expected-version",
  stage: alone,
  async run(stage) {
    const created = await stage.create();
    const seen = await stage.move("MES", created, S.ORDER_STATUS_MODEL_UPLOADED);
    const failed = await stage.move("MES", seen, S.ORDER_STATUS_PRICING_FAILED);
    await stage.move("MES", failed, S.ORDER_STATUS_MODEL_UPLOADED);
    // The status that its caller saw has come back.
    await swallow(stage.move("MES", seen, S.ORDER_STATUS_CANCELLED));
  },
};

const noCommandId: Scenario = {
  bug: "no-command-id",
  foundBy: "idempotent",
  stage: alone,
  async run(stage) {
    const created = await stage.create();
    const commandId = randomUUID();
    const call = { kind: "move", name: "cancel", store: "mes", orderId: created.orderId, commandId } as const;
    // It happens, and its answer gets lost.
    await swallow(
      stage.client().record(call, async () => {
        await stage.world.services.MES.move(created.orderId, S.ORDER_STATUS_CANCELLED, {
          expectedVersion: 1,
          commandId,
        });
        throw new Error("the connection broke");
      }),
    );
    // Within a millisecond nobody can tell the store's clock from the caller's.
    await sleep(5);
    await swallow(stage.move("MES", created, S.ORDER_STATUS_CANCELLED, { commandId }));
  },
};

const outboxOutside: Scenario = {
  bug: "outbox-outside-transaction",
  foundBy: "events-on-topic",
  stage: () => Stage.open({ running: ["MES"] }),
  async run(stage) {
    const created = await stage.create();
    const withMove = (): Promise<void> => Promise.reject(new Error("the move is undone"));
    await swallow(stage.move("MES", created, S.ORDER_STATUS_CANCELLED, { withMove }));
  },
};

const holderNotAsked: Scenario = {
  bug: "holder-not-asked",
  foundBy: "one-holder",
  stage: () => Stage.open(),
  async run(stage) {
    const { MES } = stage.world.services;
    const created = await stage.create();
    const uploaded = await stage.move("MES", created, S.ORDER_STATUS_MODEL_UPLOADED);
    const priced = await stage.move("MES", uploaded, S.ORDER_STATUS_PRICED);
    // The database would refuse it too.
    await MES.db.execute("DROP TRIGGER order_move_is_legal ON orders");
    await swallow(stage.move("MES", priced, S.ORDER_STATUS_CANCELLED));
    await swallow(stage.move("CRM", priced, S.ORDER_STATUS_CONFIRMED));
  },
};

const watchSkips: Scenario = {
  bug: "watch-skips",
  foundBy: "watch-complete",
  stage: alone,
  async run(stage) {
    const { MES } = stage.world.services;
    const created = await stage.create();
    await stage.move("MES", created, S.ORDER_STATUS_CANCELLED);
    const { orderId } = created;
    const call = { kind: "watch", name: "watch", store: "mes", orderId, afterVersion: 0 } as const;
    const { signal } = new AbortController();
    await stage.client().watch(call, () => MES.baton!.watch(orderId, 0, signal), sight);
  },
};

const pageLosesOne: Scenario = {
  bug: "page-loses-one",
  foundBy: "pagination-complete",
  stage: alone,
  async run(stage) {
    const { MES } = stage.world.services;
    for (let n = 0; n < 5; n++) await stage.create();
    const call = { kind: "list", name: "list", store: "mes", filter: { statuses: [] } } as const;
    const walk = async () => {
      const orders = [];
      for (let pageToken = ""; ;) {
        const page = await MES.baton!.list({ pageSize: 2, pageToken });
        orders.push(...page.orders);
        pageToken = page.nextPageToken;
        if (isDone(pageToken)) return orders;
      }
    };
    await stage.client().record(call, walk, (orders) => orders.map(sight));
  },
};

export const moveScenarios: readonly Scenario[] = [
  noVersionGuard,
  noCommandId,
  outboxOutside,
  holderNotAsked,
  watchSkips,
  pageLosesOne,
];
