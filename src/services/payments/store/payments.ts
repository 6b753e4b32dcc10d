import type { Queryable, Transaction } from "../../../platform/postgres";
import type { Charge, Payment, PaymentState } from "../domain/payment";

type PaymentRow = {
  key: string;
  state: PaymentState;
  amount_minor: number | null;
  currency: string | null;
  card_token: string | null;
  card_last4: string | null;
  reference: string | null;
  created_at: Date;
  updated_at: Date;
};

const columns =
  "key, state, amount_minor, currency, card_token, card_last4, reference, created_at, updated_at";

/** The payment of a key, or undefined. */
export async function paymentByKey(db: Queryable, key: string): Promise<Payment | undefined> {
  const row = await db.maybeOne<PaymentRow>(`SELECT ${columns} FROM payment WHERE key = $1`, [key]);
  return row && toPayment(row);
}

/** The payment of a key, locked until the transaction ends. */
export async function lockPayment(tx: Transaction, key: string): Promise<Payment | undefined> {
  const row = await tx.maybeOne<PaymentRow>(`SELECT ${columns} FROM payment WHERE key = $1 FOR UPDATE`, [
    key,
  ]);
  return row && toPayment(row);
}

/** All payments of a reference, oldest first. */
export async function paymentsOf(db: Queryable, reference: string): Promise<Payment[]> {
  const rows = await db.query<PaymentRow>(
    `SELECT ${columns} FROM payment WHERE reference = $1 ORDER BY created_at, key`,
    [reference],
  );
  return rows.map(toPayment);
}

/** Adds a payment under a key nobody has used; undefined when somebody has. Waits for whoever is using it now. */
export async function insertPayment(
  tx: Transaction,
  payment: { key: string; state: PaymentState; charge?: Charge; captureInMs?: number },
): Promise<Payment | undefined> {
  const { key, state, charge, captureInMs } = payment;
  const row = await tx.maybeOne<PaymentRow>(
    `INSERT INTO payment (key, state, amount_minor, currency, card_token, card_last4, reference, capture_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8::float8 * interval '1 millisecond')
     ON CONFLICT (key) DO NOTHING RETURNING ${columns}`,
    [
      key,
      state,
      charge?.amountMinor ?? null,
      charge?.currency ?? null,
      charge?.cardToken ?? null,
      charge?.cardLast4 ?? null,
      charge?.reference ?? null,
      captureInMs ?? null,
    ],
  );
  return row && toPayment(row);
}

/** Moves a locked payment to another state. */
export async function setState(tx: Transaction, key: string, state: PaymentState): Promise<Payment> {
  return toPayment(
    await tx.one<PaymentRow>(
      `UPDATE payment SET state = $2, updated_at = now() WHERE key = $1 RETURNING ${columns}`,
      [key, state],
    ),
  );
}

/** Locks up to `limit` authorised payments whose capture is due, passing over those that somebody else has locked. */
export async function lockDuePayments(tx: Transaction, limit: number): Promise<Payment[]> {
  const rows = await tx.query<PaymentRow>(
    `SELECT ${columns} FROM payment WHERE state = 'authorised' AND capture_at <= now()
     ORDER BY capture_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [limit],
  );
  return rows.map(toPayment);
}

function toPayment(row: PaymentRow): Payment {
  const { key, state, amount_minor, currency, card_token, card_last4, reference } = row;
  const payment: Payment = { key, state, createdAt: row.created_at, updatedAt: row.updated_at };
  if (
    amount_minor !== null &&
    currency !== null &&
    card_token !== null &&
    card_last4 !== null &&
    reference !== null
  ) {
    payment.charge = {
      amountMinor: amount_minor,
      currency,
      cardToken: card_token,
      cardLast4: card_last4,
      reference,
    };
  }
  return payment;
}
