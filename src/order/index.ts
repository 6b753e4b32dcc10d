export {
  decideApply,
  decideMove,
  holderToAsk,
  type ApplyDecision,
  type Handover,
  type MoveDecision,
  type MoveWish,
  type Standing,
} from "./decide";
export {
  decodeEvent,
  encodeEvent,
  EventError,
  isOrderId,
  orderStatusContentType,
  orderStatusTopic,
} from "./event";
export {
  holderOf,
  isFinal,
  lifecycle,
  mayMove,
  shortHolder,
  shortStatus,
  statuses,
  statusOf,
  type Expiry,
  type StatusRule,
} from "./lifecycle";
export { nextOrder } from "./next-order";
export { renderTriggerSql } from "./trigger-sql";
