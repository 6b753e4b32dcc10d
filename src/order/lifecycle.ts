import { Holder, OrderStatus } from "../gen/alexandrite/order/v1/order";

/** What ends a status that nobody moves on. */
export type Expiry = {
  /** `entered`: so long after the order got there. `price`: when its price lapses. */
  since: "entered" | "price";
  /** Milliseconds; the default where it is configurable. 0 with `price`. */
  afterMs: number;
  to: OrderStatus;
  reason: string;
};

export type StatusRule = {
  /** Who may move an order on from here; undefined: nobody, the status is final. */
  holder: Holder | undefined;
  next: readonly OrderStatus[];
  expiry?: Expiry;
};

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const S = OrderStatus;

/**
 * The order's life, once: services, the database's trigger, tests and documentation all read it from here. At most one service holds an order, the one
 * that its own row's status names; only the holder moves it on, and the event hands it over.
 */
export const lifecycle: Readonly<Record<OrderStatus, StatusRule>> = {
  [S.ORDER_STATUS_UNSPECIFIED]: { holder: Holder.HOLDER_MES, next: [S.ORDER_STATUS_CREATED] },
  [S.ORDER_STATUS_CREATED]: {
    holder: Holder.HOLDER_MES,
    next: [S.ORDER_STATUS_MODEL_UPLOADED, S.ORDER_STATUS_CANCELLED],
    expiry: { since: "entered", afterMs: dayMs, to: S.ORDER_STATUS_CANCELLED, reason: "NO_MODEL_IN_TIME" },
  },
  [S.ORDER_STATUS_MODEL_UPLOADED]: {
    holder: Holder.HOLDER_MES,
    next: [S.ORDER_STATUS_PRICED, S.ORDER_STATUS_PRICING_FAILED, S.ORDER_STATUS_CANCELLED],
  },
  [S.ORDER_STATUS_PRICING_FAILED]: {
    holder: Holder.HOLDER_MES,
    next: [S.ORDER_STATUS_MODEL_UPLOADED, S.ORDER_STATUS_CANCELLED],
  },
  [S.ORDER_STATUS_PRICED]: {
    holder: Holder.HOLDER_CRM,
    next: [S.ORDER_STATUS_CONFIRMED, S.ORDER_STATUS_MODEL_UPLOADED, S.ORDER_STATUS_CANCELLED],
    expiry: { since: "price", afterMs: 0, to: S.ORDER_STATUS_CANCELLED, reason: "PRICE_EXPIRED" },
  },
  [S.ORDER_STATUS_CONFIRMED]: {
    holder: Holder.HOLDER_SHOP,
    next: [S.ORDER_STATUS_PAID, S.ORDER_STATUS_CANCELLED],
    expiry: { since: "price", afterMs: 0, to: S.ORDER_STATUS_CANCELLED, reason: "PRICE_EXPIRED" },
  },
  [S.ORDER_STATUS_PAID]: {
    holder: Holder.HOLDER_MES,
    next: [S.ORDER_STATUS_IN_PRODUCTION, S.ORDER_STATUS_CANCELLED],
  },
  [S.ORDER_STATUS_IN_PRODUCTION]: {
    holder: Holder.HOLDER_MES,
    next: [S.ORDER_STATUS_MANUFACTURED, S.ORDER_STATUS_PAID],
  },
  [S.ORDER_STATUS_MANUFACTURED]: { holder: Holder.HOLDER_MES, next: [S.ORDER_STATUS_PACKED] },
  [S.ORDER_STATUS_PACKED]: { holder: Holder.HOLDER_MES, next: [S.ORDER_STATUS_SHIPPED] },
  [S.ORDER_STATUS_SHIPPED]: {
    holder: Holder.HOLDER_CRM,
    next: [S.ORDER_STATUS_DELIVERED],
    expiry: { since: "entered", afterMs: 14 * dayMs, to: S.ORDER_STATUS_DELIVERED, reason: "CARRIER_BOUND" },
  },
  [S.ORDER_STATUS_DELIVERED]: { holder: undefined, next: [] },
  [S.ORDER_STATUS_CANCELLED]: { holder: undefined, next: [] },
};

/** All statuses of real orders, in the order of an order's life. */
export const statuses: readonly OrderStatus[] = (Object.keys(lifecycle) as OrderStatus[]).filter(
  (status) => status !== S.ORDER_STATUS_UNSPECIFIED,
);

export function holderOf(status: OrderStatus): Holder | undefined {
  return lifecycle[status].holder;
}

export function mayMove(from: OrderStatus, to: OrderStatus): boolean {
  return lifecycle[from].next.includes(to);
}

export function isFinal(status: OrderStatus): boolean {
  return lifecycle[status].next.length === 0;
}

/** `PAID` for ORDER_STATUS_PAID: how databases, logs and metrics write it. */
export function shortStatus(status: OrderStatus): string {
  return status.replace("ORDER_STATUS_", "");
}

export function statusOf(short: string): OrderStatus {
  const status = `ORDER_STATUS_${short}` as OrderStatus;
  if (!(status in lifecycle)) throw new Error(`${short} is no status of an order.`);
  return status;
}

/** `MES` for HOLDER_MES. */
export function shortHolder(holder: Holder): string {
  return holder.replace("HOLDER_", "");
}
