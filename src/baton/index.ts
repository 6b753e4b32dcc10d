export { openBaton, type BatonOptions } from "./baton";
export { errors } from "./errors";
export { listOrders, type OrderPage, type OrderQuery } from "./list";
export { batonMigrations } from "./migrations";
export { decodePageToken, encodePageToken, type PageEnd } from "./page-token";
export type { Peers } from "./peers";
export { lockOrder, readOrder, type EventRow } from "./rows";
export type { Baton, MoveCommand, OnApplied, WithMove } from "./types";
