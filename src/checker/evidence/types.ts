import type { PerService } from "../names";

export type OrderRow = {
  orderId: string;
  version: number;
  status: string;
  /** `CUSTOMER` or `PARTNER`. */
  ownerKind: string;
  ownerId: string;
  /** Of its model; empty before there is one. */
  sha256: string;
};

/** What the price of an order says, and what it was made from. Amounts are minor units. */
export type PriceSeen = {
  totalMinor: number;
  unitMinor: number;
  currency: string;
  materialMinor: number;
  machineMinor: number;
  finishingMinor: number;
  setupMinor: number;
  bookVersion: number;
  volumeMm3: number;
  areaMm2: number;
  material: string;
  finish: string;
  quantity: number;
};

export type EventRow = {
  orderId: string;
  version: number;
  status: string;
  /** `UNSPECIFIED` in version 1; undefined where the bytes cannot be read. */
  previousStatus: string | undefined;
  /** Who made it, as the event says: `MES`, `CRM` or `SHOP`. */
  source: string;
  /** Whether this database's service made it. */
  origin: "local" | "applied";
  commandId: string | undefined;
  /** MD5 of the bytes. */
  digest: string;
  /** Epoch milliseconds by the database's clock, before the commit. */
  storedAt: number;
  /** Of a PRICED event. */
  price: PriceSeen | undefined;
};

export type OutboxRow = {
  topic: string;
  key: string;
  version: number;
  digest: string;
  isPublished: boolean;
  lastError: string | undefined;
};

export type LetterRow = {
  id: number;
  partition: number | undefined;
  offset: number | undefined;
  key: string | undefined;
  version: number | undefined;
  reason: string;
  isOpen: boolean;
};

export type ParkedRow = { key: string; version: number; partition: number; offset: number };

/** What one service keeps of orders and of the topic. */
export type ServiceEvidence = {
  orders: readonly OrderRow[];
  /** By order and version. */
  events: ReadonlyMap<string, readonly EventRow[]>;
  outbox: readonly OutboxRow[];
  letters: readonly LetterRow[];
  blocked: readonly string[];
  parked: readonly ParkedRow[];
};

export type TopicRecord = {
  partition: number;
  offset: number;
  key: string | undefined;
  digest: string;
  /** What the bytes say, when they are an event under its own key. */
  event: { orderId: string; version: number } | undefined;
};

export type TopicEvidence = {
  name: string;
  /** By partition and offset. */
  records: readonly TopicRecord[];
  /** The records of `<name>.dlq`. */
  announced: readonly TopicRecord[];
};

export type JobRow = {
  jobId: string;
  state: string;
  fence: string;
  bookVersion: number;
  material: string;
  finish: string;
  /** Of one piece; undefined when it has none. */
  unitMinor: number | undefined;
};

export type AttachmentRow = { orderId: string; version: number; jobId: string; isDone: boolean };

export type PriceBook = {
  version: number;
  currency: string;
  machineMinorPerHour: number;
  setupMinor: number;
  minimumMinor: number;
  materials: ReadonlyMap<
    string,
    { densityKgM3: number; rateMinorPerKg: number; buildRateMm3PerHour: number }
  >;
  /** Minor units per square decimetre. */
  finishes: ReadonlyMap<string, number>;
};

export type PricingEvidence = {
  jobs: readonly JobRow[];
  attachments: readonly AttachmentRow[];
  books: ReadonlyMap<number, PriceBook>;
};

export type LedgerEntry = {
  paymentKey: string;
  orderId: string;
  kind: "capture" | "refund";
  amountMinor: number;
};
export type IntentRow = { key: string; orderId: string; state: string };
export type RefundRow = { orderId: string; paymentKey: string; isDone: boolean };

export type PaymentEvidence = {
  /** What the provider did, in its order. */
  ledger: readonly LedgerEntry[];
  intents: readonly IntentRow[];
  refunds: readonly RefundRow[];
};

export type ObjectEvidence = {
  stored: readonly { sha256: string; length: number }[];
  rows: readonly { sha256: string; state: string; sizeBytes: number }[];
  /** Hashes that jobs of pricing name. */
  named: ReadonlySet<string>;
};

/** All that was found. A part that was not looked at is missing. */
export type Evidence = {
  services: PerService<ServiceEvidence>;
  topic?: TopicEvidence;
  pricing?: PricingEvidence;
  payments?: PaymentEvidence;
  objects?: ObjectEvidence;
  /** Ids of CRM's notes. */
  notes?: ReadonlySet<string>;
};
