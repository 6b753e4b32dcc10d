import { Holder, OrderStatus } from "../gen/alexandrite/order/v1/order";

/** A status that an order can be in. */
export type Status = Exclude<OrderStatus, OrderStatus.ORDER_STATUS_UNSPECIFIED>;

/** When a status ends by itself: so long after it was entered, or with the price. */
export type ExpiryClock = { readonly afterMs: number } | { readonly with: "price" };

export type Expiry = {
  readonly to: Status;
  readonly clock: ExpiryClock;
  /** Goes into `Order.failure`. */
  readonly failure?: { readonly reason: string; readonly message: string };
};

export type StatusRule = {
  /** The only service that may move an order on from here; nobody in a final status. */
  readonly holder: Holder | undefined;
  readonly next: readonly Status[];
  readonly expiry?: Expiry;
};

const hourMs = 3_600_000;
const { HOLDER_MES, HOLDER_CRM, HOLDER_SHOP } = Holder;
const {
  ORDER_STATUS_CREATED: CREATED,
  ORDER_STATUS_MODEL_UPLOADED: MODEL_UPLOADED,
  ORDER_STATUS_PRICING_FAILED: PRICING_FAILED,
  ORDER_STATUS_PRICED: PRICED,
  ORDER_STATUS_CONFIRMED: CONFIRMED,
  ORDER_STATUS_PAID: PAID,
  ORDER_STATUS_IN_PRODUCTION: IN_PRODUCTION,
  ORDER_STATUS_MANUFACTURED: MANUFACTURED,
  ORDER_STATUS_PACKED: PACKED,
  ORDER_STATUS_SHIPPED: SHIPPED,
  ORDER_STATUS_DELIVERED: DELIVERED,
  ORDER_STATUS_CANCELLED: CANCELLED,
} = OrderStatus;

const priceExpired = {
  reason: "PRICE_EXPIRED",
  message: "The offered price lapsed before the order was paid.",
};

/**
 * Who holds an order, what may follow, and what ends by itself: the one place where this is said. Code asks the functions beside it, the databases are
 * given it as a trigger (`renderTriggerSql`).
 */
export const transitions: Readonly<Record<Status, StatusRule>> = {
  [CREATED]: {
    holder: HOLDER_MES,
    next: [MODEL_UPLOADED, CANCELLED],
    expiry: {
      to: CANCELLED,
      clock: { afterMs: 24 * hourMs },
      failure: { reason: "NO_MODEL", message: "No model was uploaded in time." },
    },
  },
  [MODEL_UPLOADED]: { holder: HOLDER_MES, next: [PRICED, PRICING_FAILED, CANCELLED] },
  [PRICING_FAILED]: { holder: HOLDER_MES, next: [MODEL_UPLOADED, CANCELLED] },
  [PRICED]: {
    holder: HOLDER_CRM,
    next: [CONFIRMED, MODEL_UPLOADED, CANCELLED],
    expiry: { to: CANCELLED, clock: { with: "price" }, failure: priceExpired },
  },
  [CONFIRMED]: {
    holder: HOLDER_SHOP,
    next: [PAID, CANCELLED],
    expiry: { to: CANCELLED, clock: { with: "price" }, failure: priceExpired },
  },
  [PAID]: { holder: HOLDER_MES, next: [IN_PRODUCTION, CANCELLED] },
  [IN_PRODUCTION]: { holder: HOLDER_MES, next: [MANUFACTURED, PAID] },
  [MANUFACTURED]: { holder: HOLDER_MES, next: [PACKED] },
  [PACKED]: { holder: HOLDER_MES, next: [SHIPPED] },
  // The bound in which the carrier says it delivers.
  [SHIPPED]: {
    holder: HOLDER_CRM,
    next: [DELIVERED],
    expiry: { to: DELIVERED, clock: { afterMs: 14 * 24 * hourMs } },
  },
  [DELIVERED]: { holder: undefined, next: [] },
  [CANCELLED]: { holder: undefined, next: [] },
};

/** The status of version 1, and the only service that writes it. */
export const firstStatus: Status = CREATED;
export const firstHolder: Holder = HOLDER_MES;

/** All statuses, in the order of an order's life. */
export const statuses = Object.keys(transitions) as readonly Status[];

export function isStatus(status: OrderStatus): status is Status {
  return Object.hasOwn(transitions, status);
}

/** The service that may move an order on from `status`; undefined when nobody may. */
export function holderOf(status: OrderStatus): Holder | undefined {
  return isStatus(status) ? transitions[status].holder : undefined;
}

/** Whether the table has the move. */
export function mayMove(from: OrderStatus, to: OrderStatus): boolean {
  return isStatus(from) && isStatus(to) && transitions[from].next.includes(to);
}

/** Whether nothing follows. */
export function isFinal(status: OrderStatus): boolean {
  return isStatus(status) && transitions[status].next.length === 0;
}
