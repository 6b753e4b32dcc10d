export {
  decideApply,
  decideMove,
  type ApplyDecision,
  type Handover,
  type MoveDecision,
  type MoveWish,
  type Standing,
} from "./decide";
export { decodeEvent, encodeEvent, orderStatusContentType, orderStatusTopic } from "./event";
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
export { renderTriggerSql } from "./trigger-sql";
