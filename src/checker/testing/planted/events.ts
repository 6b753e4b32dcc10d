import { setTimeout as sleep } from "node:timers/promises";
import { openBaton } from "../../../baton";
import { Holder, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { AppError } from "../../../platform/errors";
import type { Kafka } from "../../../platform/kafka";
import { until } from "../../../platform/testing";
import type { Scenario } from "./scenario";
import { actor, Stage } from "./stage";

const { ORDER_STATUS_CANCELLED, ORDER_STATUS_MODEL_UPLOADED } = OrderStatus;

/** A CRM that cannot apply version 2 while `down` says so. */
class Obstacle {
  down = true;
  met = 0;

  open(): Promise<Stage> {
    return Stage.open({
      running: ["MES", "CRM"],
      onApplied: {
        CRM: async (_tx, { version }) => {
          if (!this.down || version !== 2) return;
          this.met++;
          throw new AppError({ category: "unavailable", reason: "DOWN", message: "the database is away" });
        },
      },
    });
  }
}

function withObstacle(
  scenario: Pick<Scenario, "bug" | "foundBy" | "faults">,
  run: (stage: Stage, obstacle: Obstacle) => Promise<void>,
): Scenario {
  let obstacle = new Obstacle();
  return {
    ...scenario,
    stage: () => (obstacle = new Obstacle()).open(),
    run: (stage) => run(stage, obstacle),
  };
}

const offsetFirst = withObstacle(
  { bug: "offset-first", foundBy: "services-agree" },
  async (stage, obstacle) => {
    const created = await stage.create();
    await stage.world.level(created.orderId, 1, ["MES", "CRM"]);
    await stage.move("MES", created, ORDER_STATUS_CANCELLED);
    await until(async () => obstacle.met > 0, 30_000);
    // It ends with the message in hand, and comes back.
    await stage.restart("CRM");
  },
);

const errorSwallowed = withObstacle(
  { bug: "error-swallowed", foundBy: "services-agree" },
  async (stage, obstacle) => {
    const created = await stage.create();
    await stage.world.level(created.orderId, 1, ["MES", "CRM"]);
    await stage.move("MES", created, ORDER_STATUS_CANCELLED);
    await until(async () => obstacle.met > 0, 30_000);
    obstacle.down = false;
  },
);

const gapFromNobody = withObstacle(
  { bug: "gap-fetched-from-nobody", foundBy: "services-agree", faults: ["error-swallowed"] },
  async (stage, obstacle) => {
    const created = await stage.create();
    await stage.world.level(created.orderId, 1, ["MES", "CRM"]);
    const uploaded = await stage.move("MES", created, ORDER_STATUS_MODEL_UPLOADED);
    await until(async () => obstacle.met > 0, 30_000);
    obstacle.down = false;
    await stage.move("MES", uploaded, ORDER_STATUS_CANCELLED);
  },
);

const relayByCursor: Scenario = {
  bug: "relay-by-cursor",
  foundBy: "events-on-topic",
  stage: () => Stage.open({ running: ["MES"] }),
  async run(stage) {
    const { db, baton } = stage.world.services.MES;
    const published = async (orderId: string): Promise<boolean> =>
      (await db.query("SELECT 1 AS one FROM outbox WHERE key = $1 AND published_at IS NOT NULL", [orderId]))
        .length > 0;
    const draft = await stage.create();
    await until(() => published(draft.orderId), 30_000);
    await db.transaction(async (late) => {
      await baton!.moveIn(late, {
        orderId: draft.orderId,
        expectedVersion: 1,
        to: ORDER_STATUS_CANCELLED,
        actor,
      });
      // Has a later id, and commits first.
      const early = await stage.create();
      await until(() => published(early.orderId), 30_000);
    });
  },
};

const relaysSkipLocked: Scenario = {
  bug: "relays-skip-locked",
  foundBy: "events-on-topic",
  stage: () => Stage.open({ running: ["CRM"], looked: ["MES", "CRM"] }),
  async run(stage) {
    const { MES } = stage.world.services;
    const { db, kafka, baton } = MES;
    let sending = 0;
    const isOvertaken = async (): Promise<boolean> =>
      (await db.query("SELECT 1 AS one FROM outbox WHERE version = 2 AND published_at IS NOT NULL")).length >
      0;
    const slow: Kafka = {
      ...kafka,
      async sendBatch(messages) {
        if (sending++ === 0)
          for (const end = Date.now() + 5_000; Date.now() < end && !(await isOvertaken());) await sleep(50);
        return kafka.sendBatch(messages);
      },
    };
    const { topic } = stage.world.broker;
    const self = Holder.HOLDER_MES;
    const other = await stage.host.own(
      openBaton(stage.host, { db, kafka: slow, self, topic, peers: {}, follow: false }),
    );
    await other.start();
    const created = await stage.create();
    await until(async () => sending > 0, 30_000);
    await stage.move("MES", created, ORDER_STATUS_CANCELLED);
    await baton!.start();
    await stage.world.level(created.orderId, 2, ["CRM"]);
    await until(
      async () => (await db.query("SELECT 1 AS one FROM outbox WHERE published_at IS NULL")).length === 0,
      30_000,
    );
  },
};

const poisonSkipped: Scenario = {
  bug: "poison-skipped",
  foundBy: "dead-letters-accounted",
  stage: () => Stage.open({ running: ["MES"] }),
  async run(stage) {
    const { orderId } = await stage.create();
    await stage.world.publish(orderId, Buffer.from("no event"));
  },
};

export const eventScenarios: readonly Scenario[] = [
  offsetFirst,
  errorSwallowed,
  gapFromNobody,
  relayByCursor,
  relaysSkipLocked,
  poisonSkipped,
];
