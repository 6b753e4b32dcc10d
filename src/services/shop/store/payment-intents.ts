import type { Queryable, Transaction } from "../../../platform/postgres";
import type { IntentState, PaymentIntent } from "../domain/payment-intent";

type IntentRow = {
  key: string;
  order_id: string;
  order_version: number;
  command_id: string | null;
  state: IntentState;
  amount_minor: number;
  currency: string;
  card_last4: string;
  actor_role: string;
  actor_id: string;
  trace: Record<string, string>;
  created_at: Date;
};

const columns =
  "key, order_id, order_version, command_id, state, amount_minor, currency, card_last4, actor_role, actor_id, trace, created_at";

/** Adds an open intent. Nobody but its maker looks after it for `graceMs`. Call it with the order's row locked. */
export async function insertIntent(
  tx: Transaction,
  intent: Omit<PaymentIntent, "state" | "createdAt"> & { attempt: number },
  graceMs: number,
): Promise<PaymentIntent> {
  return toIntent(
    await tx.one<IntentRow>(
      `INSERT INTO payment_intent (key, order_id, order_version, attempt, command_id, amount_minor, currency,
         card_last4, actor_role, actor_id, trace, resolve_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + $12::float8 * interval '1 millisecond')
       RETURNING ${columns}`,
      [
        intent.key,
        intent.orderId,
        intent.orderVersion,
        intent.attempt,
        intent.commandId ?? null,
        intent.amountMinor,
        intent.currency,
        intent.cardLast4,
        intent.actor.role,
        intent.actor.id,
        JSON.stringify(intent.trace),
        graceMs,
      ],
    ),
  );
}

export async function intentByKey(db: Queryable, key: string): Promise<PaymentIntent> {
  return toIntent(await db.one<IntentRow>(`SELECT ${columns} FROM payment_intent WHERE key = $1`, [key]));
}

/** All intents of an order, in the order of their attempts. */
export async function intentsOf(db: Queryable, orderId: string): Promise<PaymentIntent[]> {
  const rows = await db.query<IntentRow>(
    `SELECT ${columns} FROM payment_intent WHERE order_id = $1 ORDER BY attempt`,
    [orderId],
  );
  return rows.map(toIntent);
}

/** Whether the card may still be charged, or a void is under way, for an order. */
export async function hasUndecidedIntent(db: Queryable, orderId: string): Promise<boolean> {
  const row = await db.one<{ found: boolean }>(
    "SELECT EXISTS (SELECT FROM payment_intent WHERE order_id = $1 AND state IN ('open', 'voiding')) AS found",
    [orderId],
  );
  return row.found;
}

/** Moves an intent on if it is still in `from`; false when somebody else was first. It is due at once. */
export async function moveIntent(
  db: Queryable,
  key: string,
  from: IntentState,
  to: IntentState,
): Promise<boolean> {
  const moved = await db.execute(
    "UPDATE payment_intent SET state = $3, resolve_at = now(), updated_at = now() WHERE key = $1 AND state = $2",
    [key, from, to],
  );
  return moved === 1;
}

/** Hands an undecided intent to the resolver in `ms`. */
export async function resolveIntentIn(db: Queryable, key: string, ms: number): Promise<void> {
  await db.execute(
    `UPDATE payment_intent SET resolve_at = now() + $2::float8 * interval '1 millisecond'
     WHERE key = $1 AND state IN ('open', 'voiding')`,
    [key, ms],
  );
}

/** Takes up to `limit` undecided intents that are due; they are due again after `leaseMs`, whatever becomes of whoever took them. `tries` counts the times. */
export async function claimDueIntents(
  db: Queryable,
  limit: number,
  leaseMs: number,
): Promise<{ intent: PaymentIntent; tries: number }[]> {
  const rows = await db.query<IntentRow & { tries: number }>(
    `UPDATE payment_intent SET tries = tries + 1,
       resolve_at = now() + $2::float8 * interval '1 millisecond'
     WHERE key IN (
       SELECT key FROM payment_intent WHERE state IN ('open', 'voiding') AND resolve_at <= now()
       ORDER BY resolve_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING ${columns}, tries`,
    [limit, leaseMs],
  );
  return rows.map((row) => ({ intent: toIntent(row), tries: row.tries }));
}

/** How many intents are undecided, and for how long the oldest has been, in seconds. */
export async function undecidedIntents(db: Queryable): Promise<{ count: number; oldestSeconds: number }> {
  const row = await db.one<{ count: number; oldest: number }>(
    `SELECT count(*) AS count, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest
     FROM payment_intent WHERE state IN ('open', 'voiding')`,
  );
  return { count: row.count, oldestSeconds: row.oldest };
}

function toIntent(row: IntentRow): PaymentIntent {
  return {
    key: row.key,
    orderId: row.order_id,
    orderVersion: row.order_version,
    ...(row.command_id === null ? {} : { commandId: row.command_id }),
    state: row.state,
    amountMinor: row.amount_minor,
    currency: row.currency,
    cardLast4: row.card_last4,
    actor: { role: row.actor_role, id: row.actor_id },
    trace: row.trace,
    createdAt: row.created_at,
  };
}
