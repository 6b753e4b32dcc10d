export { readEvidence } from "./read-evidence";
export type { CheckSources } from "./sources";
export type {
  AttachmentRow,
  EventRow,
  Evidence,
  IntentRow,
  JobRow,
  LedgerEntry,
  LetterRow,
  ObjectEvidence,
  OrderRow,
  OutboxRow,
  ParkedRow,
  PaymentEvidence,
  PriceBook,
  PriceSeen,
  PricingEvidence,
  RefundRow,
  ServiceEvidence,
  TopicEvidence,
  TopicRecord,
} from "./types";
