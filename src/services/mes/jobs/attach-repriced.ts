import type { OnApplied } from "../../../baton";
import { OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { attach } from "./attach";

/** An order that CRM gives back for another price waits for it from the moment MES knows. */
export const attachRepriced: OnApplied = async (tx, after) => {
  if (after.status === OrderStatus.ORDER_STATUS_MODEL_UPLOADED) await attach(tx, after);
};
