import { AppError } from "../errors";
import type { Counter, Histogram, Logger, Metrics } from "../telemetry";
import { clientDuration, clientErrorsTotal, transactionDuration, transactionsTotal } from "./metrics";
import { createSlowQueryLog, type SlowQueryLog } from "./slow-queries";
import type { StatementShape } from "./statement";

export type TransactionOutcome = "committed" | "rolled_back" | "retried" | "unknown";

/** The observers of one database: each statement and transaction is settled once and told here. */
export class Instruments {
  readonly database: string;
  readonly address: string;
  readonly #duration: Histogram<"db" | "operation">;
  readonly #errors: Counter<"db" | "operation" | "class">;
  readonly #transactions: Counter<"db" | "outcome">;
  readonly #transactionDuration: Histogram<"db">;
  readonly #logSlow: SlowQueryLog;

  constructor(database: string, address: string, metrics: Metrics, log: Logger, slowQueryMs: number) {
    this.database = database;
    this.address = address;
    this.#duration = metrics.histogram(clientDuration);
    this.#errors = metrics.counter(clientErrorsTotal);
    this.#transactions = metrics.counter(transactionsTotal);
    this.#transactionDuration = metrics.histogram(transactionDuration);
    this.#logSlow = createSlowQueryLog(log, slowQueryMs);
    for (const outcome of ["committed", "rolled_back", "retried", "unknown"])
      this.#transactions.child({ db: database, outcome });
  }

  settled(text: string, shape: StatementShape, seconds: number, traceId: string | undefined): void {
    this.#duration.observe({ db: this.database, operation: shape.summary }, seconds, { traceId });
    this.#logSlow(text, shape.summary, seconds);
  }

  failed(shape: StatementShape, code: string | undefined, error: unknown): void {
    this.#errors.inc({ db: this.database, operation: shape.summary, class: classOf(code, error) });
  }

  transaction(outcome: TransactionOutcome, seconds: number): void {
    this.#transactions.inc({ db: this.database, outcome });
    this.#transactionDuration.observe({ db: this.database }, seconds);
  }
}

function classOf(code: string | undefined, error: unknown): string {
  if (error instanceof AppError && error.category === "deadline_exceeded") return "deadline";
  if (error instanceof AppError && error.category === "cancelled") return "cancelled";
  return code?.slice(0, 2) ?? "connection";
}
