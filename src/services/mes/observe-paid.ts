import type { OnApplied } from "../../baton";
import { OrderStatus } from "../../gen/alexandrite/order/v1/order";
import type { ServiceHost } from "../../platform/lifecycle";
import { currentTraceId } from "../../platform/telemetry";
import { paidToVisibleSeconds } from "./metrics";

/** Measures how long a payment takes to reach the operators, whose list shows what is committed here. Both clocks are taken to be right. */
export function observePaid({ metrics }: ServiceHost): OnApplied {
  const seconds = metrics.histogram(paidToVisibleSeconds).child({});
  return async (tx, after, { occurredAt }) => {
    if (after.status !== OrderStatus.ORDER_STATUS_PAID || !occurredAt) return;
    const traceId = currentTraceId();
    tx.onCommit(() => seconds.observe(Math.max(0, Date.now() - occurredAt.getTime()) / 1_000, traceId));
  };
}
