import { setTimeout as sleep } from "node:timers/promises";
import { type Baton, errors as orderErrors } from "../../../baton";
import {
  CalculationState,
  type MesServiceDefinition,
  type WatchCalculationResponse,
} from "../../../gen/alexandrite/mes/v1/mes";
import { type Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import type { Handlers } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { untraced } from "../../../platform/telemetry";
import { errors } from "../domain/errors";
import { mustBeVisible } from "./visibility";

type Deps = { baton: Baton; db: Database };

/** How often the database is asked, in milliseconds. */
const lookMs = 200;

/** A calculation as it goes, from the database, so that every instance tells the same; progress never falls, and nothing is told twice. */
export function watchCalculation({
  baton,
  db,
}: Deps): Handlers<typeof MesServiceDefinition>["watchCalculation"] {
  return async function* ({ orderId }, { principal, signal }) {
    let told = "";
    let progress = 0;
    while (!signal.aborted) {
      const order = await untraced(() => baton.get(orderId));
      if (!order) throw orderErrors.orderNotFound({ orderId });
      mustBeVisible(order, principal);
      const now = await untraced(() => describe(db, order));
      progress = Math.max(progress, now.progress);
      const next = { ...now, progress };
      const text = JSON.stringify([next.state, next.progress, next.queuePosition]);
      if (text !== told) yield next;
      told = text;
      if (isEnd(next.state)) return;
      await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    }
  };
}

function isEnd(state: CalculationState): boolean {
  return (
    state !== CalculationState.CALCULATION_STATE_QUEUED &&
    state !== CalculationState.CALCULATION_STATE_RUNNING
  );
}

type JobRow = { state: string; progress: number; ahead: number };

async function describe(db: Database, order: Order): Promise<WatchCalculationResponse> {
  const nothing = { progress: 0, queuePosition: 0, price: undefined, failure: undefined };
  switch (order.status) {
    case OrderStatus.ORDER_STATUS_CREATED:
      throw errors.noCalculation({ orderId: order.orderId });
    case OrderStatus.ORDER_STATUS_CANCELLED:
      return { ...nothing, state: CalculationState.CALCULATION_STATE_CANCELLED };
    case OrderStatus.ORDER_STATUS_PRICING_FAILED:
      return { ...nothing, state: CalculationState.CALCULATION_STATE_FAILED, failure: order.failure };
    case OrderStatus.ORDER_STATUS_MODEL_UPLOADED:
      break;
    default:
      return { ...nothing, state: CalculationState.CALCULATION_STATE_DONE, progress: 1, price: order.price };
  }
  const job = await db.maybeOne<JobRow>(
    `SELECT j.state, j.progress,
       CASE WHEN j.state = 'queued' THEN (SELECT count(*) FROM pricing_job q WHERE q.state = 'queued' AND (q.turn, q.queued_at, q.job_id) < (j.turn, j.queued_at, j.job_id)) ELSE 0 END AS ahead
     FROM pricing_attachment a JOIN pricing_job j USING (job_id) WHERE a.order_id = $1 AND a.version = $2`,
    [order.orderId, order.version],
  );
  const queued = job?.state !== "running" && job?.state !== "done" && job?.state !== "failed";
  return {
    ...nothing,
    state: queued ? CalculationState.CALCULATION_STATE_QUEUED : CalculationState.CALCULATION_STATE_RUNNING,
    progress: job?.progress ?? 0,
    queuePosition: job?.ahead ?? 0,
  };
}
