import { AppError } from "../errors";
import {
  context,
  currentTelemetry,
  recordError,
  SpanKind,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Counter,
  type Histogram,
  type HistogramSlot,
  type Metrics,
  type Span,
} from "../telemetry";
import { pgErrorCode } from "./errors";
import {
  clientDuration,
  clientErrorsTotal,
  slowQueriesTotal,
  transactionDuration,
  transactionsTotal,
} from "./metrics";
import type { LayoutHolder } from "./query";
import type { SlowQueryLog } from "./slow-queries";
import { shapeOf, type StatementShape } from "./statement";

export type TransactionOutcome = "committed" | "rolled_back" | "retried" | "unknown";

/** Different summaries that a database may have as label `operation`; what comes after is counted as `other`. */
export const maxOperations = 200;
/** Texts whose shape is kept; a program has a few hundred. */
const maxTexts = 1_000;

/** The id of a context that belongs to no trace. */
const noTrace = "0".repeat(32);

/** A statement with all that its observers need, found once by its text. */
export type ObservedStatement = LayoutHolder & {
  readonly shape: StatementShape;
  /** The label: the summary, or `other`. */
  readonly operation: string;
  readonly duration: HistogramSlot;
  readonly attributes: Attributes;
};

export type Address = { database: string; host: string; port: number };

/** The observers of one database: each statement and transaction is settled once and told here. */
export class Instruments {
  readonly database: string;
  readonly #serverAttributes: Attributes;
  readonly #duration: Histogram<"db" | "operation">;
  readonly #errors: Counter<"db" | "operation" | "class">;
  readonly #transactions: Counter<"db" | "outcome">;
  readonly #transactionDuration: Histogram<"db">;
  readonly #slowTotal: Counter<"db" | "operation">;
  readonly #slow: SlowQueryLog;
  readonly #slowSeconds: number;
  readonly #statements = new Map<string, ObservedStatement>();
  readonly #operations = new Map<string, HistogramSlot>();
  readonly #tracer = trace.getTracer("alexandrite");

  constructor(address: Address, metrics: Metrics, slow: SlowQueryLog) {
    this.database = address.database;
    this.#serverAttributes = {
      "db.system.name": "postgresql",
      "db.namespace": address.database,
      "server.address": address.host,
      "server.port": address.port,
    };
    this.#duration = metrics.histogram(clientDuration);
    this.#errors = metrics.counter(clientErrorsTotal);
    this.#transactions = metrics.counter(transactionsTotal);
    this.#transactionDuration = metrics.histogram(transactionDuration);
    this.#slowTotal = metrics.counter(slowQueriesTotal);
    this.#slow = slow;
    this.#slowSeconds = slow.thresholdMs / 1_000;
    for (const outcome of ["committed", "rolled_back", "retried", "unknown"])
      this.#transactions.child({ db: this.database, outcome });
  }

  statement(text: string): ObservedStatement {
    return this.#statements.get(text) ?? this.#learn(text);
  }

  /** The span of a statement that is sent now; undefined when its trace is not recorded. */
  startSpan({ shape, attributes }: ObservedStatement, parent: Context, startTime?: number): Span | undefined {
    const around = trace.getSpanContext(parent);
    // Building a span that the sampler then refuses costs as much as half a recorded one.
    const refused =
      around !== undefined &&
      (around.traceFlags & TraceFlags.SAMPLED) === 0 &&
      around.traceId !== noTrace &&
      currentTelemetry()?.followsParent === true;
    if (refused) return undefined;
    const options = { kind: SpanKind.CLIENT, attributes, ...(startTime === undefined ? {} : { startTime }) };
    const span = this.#tracer.startSpan(shape.summary, options, parent);
    return span.isRecording() ? span : undefined;
  }

  /** A statement has been answered, well or not. `text` is as the caller wrote it, `parent` the context that it was asked in. */
  settled(
    statement: ObservedStatement,
    text: string,
    seconds: number,
    span: Span | undefined,
    parent: Context,
  ): void {
    const traceId = span && sampledTrace(span);
    statement.duration.observe(seconds, traceId);
    if (seconds < this.#slowSeconds) return;
    this.#slowTotal.inc({ db: this.database, operation: statement.operation }, 1, { traceId });
    // The answer came in the connection's context; the line belongs to the caller's trace.
    const around = span ? trace.setSpan(parent, span) : parent;
    context.with(around, () => this.#slow.report(statement.shape, text, seconds));
  }

  /** A statement failed, `error` being what the caller sees; it is settled too, unless it was never sent. */
  failed({ operation }: ObservedStatement, error: unknown, span: Span | undefined): void {
    const code = pgErrorCode(error);
    this.#errors.inc({ db: this.database, operation, class: classOf(code, error) });
    if (span === undefined) return;
    recordError(span, error);
    if (code) span.setAttributes({ "db.response.status_code": code, "error.type": code });
  }

  /** There was no connection for a statement that was asked for at `askedAt` (epoch milliseconds). */
  notSent(statement: ObservedStatement, parent: Context, error: unknown, askedAt: number): void {
    const span = this.startSpan(statement, parent, askedAt);
    this.failed(statement, error, span);
    span?.end();
  }

  transaction(outcome: TransactionOutcome, seconds: number): void {
    this.#transactions.inc({ db: this.database, outcome });
    this.#transactionDuration.observe({ db: this.database }, seconds);
  }

  /** Waits for a plan that is being fetched. */
  close(): Promise<void> {
    return this.#slow.close();
  }

  #learn(text: string): ObservedStatement {
    const shape = shapeOf(text);
    const operation =
      this.#operations.has(shape.summary) || this.#operations.size < maxOperations ? shape.summary : "other";
    let duration = this.#operations.get(operation);
    if (duration === undefined) {
      duration = this.#duration.child({ db: this.database, operation });
      this.#slowTotal.child({ db: this.database, operation });
      this.#operations.set(operation, duration);
    }
    const attributes = {
      ...this.#serverAttributes,
      "db.operation.name": shape.operation,
      "db.query.summary": shape.summary,
      "db.query.text": shape.text,
    };
    const statement = { shape, operation, duration, attributes, layout: undefined };
    if (this.#statements.size >= maxTexts)
      this.#statements.delete(this.#statements.keys().next().value as string);
    this.#statements.set(text, statement);
    return statement;
  }
}

function sampledTrace(span: Span): string | undefined {
  const { traceId, traceFlags } = span.spanContext();
  return (traceFlags & TraceFlags.SAMPLED) === 0 ? undefined : traceId;
}

/** The label `class`: the SQLSTATE's class, or what else ended the statement. */
function classOf(code: string | undefined, error: unknown): string {
  if (error instanceof AppError && error.category === "deadline_exceeded") return "deadline";
  if (error instanceof AppError && error.category === "cancelled") return "cancelled";
  return code?.slice(0, 2) ?? "connection";
}
