import type { Order } from "../../../gen/alexandrite/order/v1/order";
import { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { planted } from "../../../platform/config";
import type { Transaction } from "../../../platform/postgres";
import { injectTrace } from "../../../platform/telemetry";
import { refundKey } from "../domain/payment-intent";
import { insertRefund } from "../store/refunds";

/**
 * Notes the refund that an order needs which was cancelled after it was paid. Runs in the transaction that applies the cancellation: were the refund
 * noted after it, a crash in between would lose it, because the event would then be a duplicate.
 */
export async function refundCancelled(tx: Transaction, after: Order): Promise<void> {
  if (after.status !== OrderStatus.ORDER_STATUS_CANCELLED || after.paymentKey === "") return;
  if (planted("refund-forgotten")) return;
  await insertRefund(tx, {
    refundKey: refundKey(after.orderId, after.version),
    orderId: after.orderId,
    paymentKey: after.paymentKey,
    trace: injectTrace(),
  });
}
