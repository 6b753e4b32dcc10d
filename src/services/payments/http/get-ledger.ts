import type { FastifyRequest } from "fastify";
import { parseInput } from "../../../platform/http";
import type { Database } from "../../../platform/postgres";
import { annotate } from "../../../platform/telemetry";
import { entriesOf, type LedgerEntry } from "../store/ledger";
import { paymentsOf } from "../store/payments";
import { type PaymentAnswer, toAnswer } from "./mapping";
import { ledgerQuery } from "./requests";

/** Everything that was charged and given back for a reference. */
type LedgerAnswer = {
  reference: string;
  captures: number;
  refunds: number;
  /** Captures minus refunds: 1 for what is paid, 0 for what is not. */
  net: number;
  /** In minor units, by currency. */
  netMinor: Record<string, number>;
  entries: LedgerEntry[];
  /** Payments that charged nothing included. */
  payments: PaymentAnswer[];
};

/** `GET /v1/ledger?reference=`; a reference that nobody has used has an empty ledger. */
export function getLedger({ db }: { db: Database }) {
  return async (request: FastifyRequest): Promise<LedgerAnswer> => {
    const { reference } = parseInput(ledgerQuery, request.query, "query");
    annotate({ order_id: reference });
    const [entries, payments] = await Promise.all([entriesOf(db, reference), paymentsOf(db, reference)]);
    const captures = entries.filter((entry) => entry.kind === "capture").length;
    const refunds = entries.length - captures;
    const netMinor: Record<string, number> = {};
    for (const { currency, amountMinor } of entries)
      netMinor[currency] = (netMinor[currency] ?? 0) + amountMinor;
    return {
      reference,
      captures,
      refunds,
      net: captures - refunds,
      netMinor,
      entries,
      payments: payments.map(toAnswer),
    };
  };
}
