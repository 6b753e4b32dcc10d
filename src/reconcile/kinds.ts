/** What may disagree with what. The words are label values and the tool's headings. */
export const disagreementKinds = [
  /** The holder of an order has a version that this service does not have. */
  "order_behind",
  /** MES has an order that this service has never heard of. */
  "order_unknown",
  /** The service that ought to hold an order has not got the version that gave it the order. */
  "order_ahead",
  /** Two services have other bytes of the same version. No sweep looks for it: `order_forks_total` tells when it happens, `make reconcile` finds what is there. */
  "order_fork",
  /** An order counts as paid and the provider has no payment of it. */
  "payment_missing",
  /** The provider keeps money of an order that is not paid, or more than once. */
  "payment_unexpected",
  /** The provider keeps money of an order that was cancelled. */
  "refund_missing",
  /** An outbox row waits. */
  "event_unpublished",
  /** An outbox row is marked as published, and the topic holds something else at that place, or nothing. */
  "event_not_on_topic",
  /** An order's model is not in the object store, or has another size. */
  "model_missing",
  /** An object that neither a row nor an order names. */
  "model_orphan",
] as const;

export type DisagreementKind = (typeof disagreementKinds)[number];
