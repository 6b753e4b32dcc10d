import type { Order } from "../../../gen/alexandrite/order/v1/order";
import { shortStatus } from "../../../order";

/** What is posted: the order at one version. Amounts are minor units of the currency, as text because they may outgrow a JSON number. */
export function bodyOf({
  orderId,
  version,
  status,
  updatedAt,
  price,
  failure,
  trackingNumber,
}: Order): string {
  return JSON.stringify({
    type: "order.status_changed",
    timestamp: updatedAt?.toISOString(),
    data: {
      orderId,
      version,
      status: shortStatus(status),
      ...(price && {
        price: {
          totalMinor: price.totalMinor.toString(),
          unitMinor: price.unitMinor.toString(),
          currency: price.currency,
          validUntil: price.validUntil?.toISOString(),
        },
      }),
      ...(failure && { failure }),
      ...(trackingNumber !== "" && { trackingNumber }),
    },
  });
}
