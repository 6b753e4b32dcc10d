import type { Queryable, Transaction } from "../../../platform/postgres";
import type { Charge } from "../domain/payment";

/** One line of the ledger; never changed, never deleted. */
export type LedgerEntry = {
  entryId: number;
  paymentKey: string;
  kind: "capture" | "refund";
  /** +1 for a capture, -1 for a refund. */
  quantity: 1 | -1;
  /** Negative for a refund. */
  amountMinor: number;
  currency: string;
  refundKey?: string;
  madeAt: Date;
};

type EntryRow = {
  entry_id: number;
  payment_key: string;
  kind: LedgerEntry["kind"];
  quantity: 1 | -1;
  amount_minor: number;
  currency: string;
  refund_key: string | null;
  made_at: Date;
};

/** Writes that a payment was captured. */
export async function recordCapture(tx: Transaction, key: string, charge: Charge): Promise<void> {
  await tx.execute(
    `INSERT INTO ledger_entry (payment_key, reference, kind, quantity, amount_minor, currency)
     VALUES ($1, $2, 'capture', 1, $3, $4)`,
    [key, charge.reference, charge.amountMinor, charge.currency],
  );
}

/** Writes that a captured payment went back, whole; false when the refund key is used already. */
export async function recordRefund(
  tx: Transaction,
  key: string,
  charge: Charge,
  refundKey: string,
): Promise<boolean> {
  const written = await tx.execute(
    `INSERT INTO ledger_entry (payment_key, reference, kind, quantity, amount_minor, currency, refund_key)
     VALUES ($1, $2, 'refund', -1, -($3::bigint), $4, $5)
     ON CONFLICT (refund_key) DO NOTHING`,
    [key, charge.reference, charge.amountMinor, charge.currency, refundKey],
  );
  return written === 1;
}

/** The secret that card tokens of this database are made with. */
export async function cardSecret(db: Queryable): Promise<Buffer> {
  return (await db.one<{ secret: Buffer }>("SELECT secret FROM card_secret")).secret;
}

/** The payment that a refund key was used for, or undefined. */
export async function paymentOfRefund(db: Queryable, refundKey: string): Promise<string | undefined> {
  const row = await db.maybeOne<{ payment_key: string }>(
    "SELECT payment_key FROM ledger_entry WHERE refund_key = $1",
    [refundKey],
  );
  return row?.payment_key;
}

/** All entries of a reference, oldest first. */
export async function entriesOf(db: Queryable, reference: string): Promise<LedgerEntry[]> {
  const rows = await db.query<EntryRow>(
    `SELECT entry_id, payment_key, kind, quantity, amount_minor, currency, refund_key, made_at
     FROM ledger_entry WHERE reference = $1 ORDER BY entry_id`,
    [reference],
  );
  return rows.map((row) => ({
    entryId: row.entry_id,
    paymentKey: row.payment_key,
    kind: row.kind,
    quantity: row.quantity,
    amountMinor: row.amount_minor,
    currency: row.currency,
    ...(row.refund_key === null ? {} : { refundKey: row.refund_key }),
    madeAt: row.made_at,
  }));
}

/** What a reference has paid, all in all. */
export type LedgerTotal = {
  reference: string;
  /** Captures minus refunds. */
  net: number;
  /** Keys of payments that were captured and not given back. */
  kept: string[];
};

/** The totals of these references; those without an entry are left out. */
export async function totalsOf(db: Queryable, references: readonly string[]): Promise<LedgerTotal[]> {
  return db.query<LedgerTotal>(totalsStatement, [references]);
}

export const totalsStatement = `
  SELECT reference, sum(net)::int AS net, coalesce(array_agg(payment_key ORDER BY payment_key) FILTER (WHERE net > 0), '{}') AS kept
  FROM (SELECT reference, payment_key, sum(quantity) AS net FROM ledger_entry
        WHERE reference = ANY ($1::text[]) GROUP BY reference, payment_key) AS payments
  GROUP BY reference`;

/** An entry with what it is found again by. */
export type WindowEntry = { entryId: number; reference: string; madeAt: string };

/** Entries made before `until` and after the entry `after` of the instant `since`, oldest first. Times are text with microseconds: they are compared again. */
export async function entriesBetween(
  db: Queryable,
  { since, until, after, limit }: { since: string; until: string; after: number; limit: number },
): Promise<WindowEntry[]> {
  return db.query<WindowEntry>(entriesStatement, [since, after, until, limit]);
}

export const entriesStatement = `
  SELECT entry_id AS "entryId", reference, to_char(made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "madeAt" FROM ledger_entry
  WHERE (made_at, entry_id) > ($1::timestamptz, $2::bigint) AND made_at < $3::timestamptz ORDER BY made_at, entry_id LIMIT $4`;
