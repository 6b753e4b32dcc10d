import { Holder, OrderStatus } from "../gen/alexandrite/order/v1/order";
import type { Status } from "./table";

/** How databases, messages and log lines write a status: without the enum's prefix. */
export type StatusName = Status extends `ORDER_STATUS_${infer Name}` ? Name : never;

/** How databases, messages and configuration write a service that can hold orders. */
export type HolderName = "MES" | "CRM" | "SHOP";

const statusPrefix = "ORDER_STATUS_";
const holderPrefix = "HOLDER_";

export function statusName(status: OrderStatus): StatusName {
  return status.slice(statusPrefix.length) as StatusName;
}

/** The status that a database or a message names. Throws a TypeError for any other text. */
export function statusNamed(name: string): Status {
  const status = `${statusPrefix}${name}` as Status;
  if (!statusValues.has(status)) throw new TypeError(`${JSON.stringify(name)} is no status of an order.`);
  return status;
}

export function holderName(holder: Holder): HolderName {
  return holder.slice(holderPrefix.length) as HolderName;
}

/** The service that a database or a message names. Throws a TypeError for any other text. */
export function holderNamed(name: string): Holder {
  const holder = `${holderPrefix}${name}` as Holder;
  if (!holderValues.has(holder)) throw new TypeError(`${JSON.stringify(name)} is no holder of orders.`);
  return holder;
}

const statusValues = new Set<OrderStatus>(Object.values(OrderStatus));
statusValues.delete(OrderStatus.ORDER_STATUS_UNSPECIFIED);
const holderValues = new Set<Holder>(Object.values(Holder));
holderValues.delete(Holder.HOLDER_UNSPECIFIED);
