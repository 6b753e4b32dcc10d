/** Runs statements: the pool outside a transaction, one connection inside. Statements are parameterised; their text never carries values. */
export type Queryable = {
  /** All rows, with int8 as number, numeric as string, timestamptz as Date, date as "YYYY-MM-DD", bytea as Buffer, jsonb parsed. */
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
  /** The only row; any other number of rows is a bug and throws. */
  one<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row>;
  /** The only row or undefined; two rows are a bug and throw. */
  maybeOne<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Row | undefined>;
  /** The number of rows that the statement touched. */
  execute(text: string, values?: readonly unknown[]): Promise<number>;
};

/** Valid until the function it was given to settles. */
export type Transaction = Queryable & {
  readonly database: Database;
  /**
   * Calls `fn` once after COMMIT was acknowledged; never after a rollback, and not for an attempt that is retried.
   * What it throws is logged: the transaction has already happened.
   */
  onCommit(fn: () => void): void;
};

export type Isolation = "read committed" | "repeatable read" | "serializable";

export type TransactionOptions = {
  /** Default: read committed. */
  isolation?: Isolation;
  /** How long a statement may wait for a lock before the transaction fails with ABORTED, LOCK_TIMEOUT. Default: the configuration's. */
  lockTimeoutMs?: number;
};

export type Database = Queryable & {
  /** The database's name: `db.namespace` on spans, label `db` on metrics. */
  readonly name: string;
  /**
   * Runs `fn` between BEGIN and COMMIT; rolls back when it throws. Serialization failures and deadlocks (40001, 40P01) run it again
   * with jitter, up to five times, so `fn` must have no effects outside the database: those belong in `onCommit`.
   * The scope's deadline becomes the statement timeout, its signal cancels the running statement.
   */
  transaction<T>(fn: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Waits for borrowed connections, then closes the pool. */
  close(): Promise<void>;
};
