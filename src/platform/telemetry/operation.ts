import { context, TraceFlags, type Attributes, type Context, type Span } from "@opentelemetry/api";
import { AppError } from "../errors";
import type { Outcome } from "./outcome";
import type { GaugeSlot } from "./slots";
import { errorType, recordError, startSpan, type SpanOptions } from "./spans";

/** Who hears how an operation ended. */
export type OperationObservers<O extends Outcome = Outcome> = {
  /** Raised from the operation's start to its end. */
  inFlight?: GaugeSlot;
  /** Tells the metrics. `traceId`, when that trace is recorded, makes exemplars. */
  count(outcome: O, traceId: string | undefined): void;
  /** Whether an error makes the span one; by default every error but `cancelled`: whoever left made none. `error.type` it has in any case. */
  isFault?(outcome: O): boolean;
  /** Writes the log line; runs in the operation's context, so that the line has its trace and span. */
  write(outcome: O): void;
};

/** How an operation ended, but for its time. */
export type Settlement<O extends Outcome = Outcome> = Omit<O, "seconds"> & {
  /** What only the end knows, for the span. */
  attributes?: Attributes;
};

/**
 * One operation from its start to its end: a span, a place in the in-flight gauge, and one outcome. The first `settle` decides and goes to metric,
 * span and log alike; later ones are not heard. Whoever starts an operation must settle it on every path.
 */
export class Operation<O extends Outcome = Outcome> {
  readonly span: Span;
  /** The caller's context with the span in it. */
  readonly context: Context;
  readonly #observers: OperationObservers<O>;
  readonly #startedAt = performance.now();
  #settled = false;

  constructor(name: string, span: SpanOptions, observers: OperationObservers<O>) {
    ({ span: this.span, context: this.context } = startSpan(name, span));
    this.#observers = observers;
    observers.inFlight?.inc();
  }

  /** Runs `fn` in the operation's context. */
  run<T>(fn: () => T): T {
    return context.with(this.context, fn);
  }

  /** Ends the record. Gives the outcome; undefined when it had ended already. */
  settle({ attributes, ...end }: Settlement<O>): O | undefined {
    if (this.#settled) return undefined;
    this.#settled = true;
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const outcome = { ...end, seconds } as unknown as O;
    const { inFlight, count, write, isFault = isNotCancelled } = this.#observers;
    inFlight?.dec();
    count(outcome, this.#traceId());
    if (attributes) this.span.setAttributes(attributes);
    if (outcome.error !== undefined) {
      if (isFault(outcome)) recordError(this.span, outcome.error);
      else this.span.setAttribute("error.type", errorType(outcome.error));
    }
    this.span.end();
    context.with(this.context, write, undefined, outcome);
    return outcome;
  }

  #traceId(): string | undefined {
    const { traceId, traceFlags } = this.span.spanContext();
    return (traceFlags & TraceFlags.SAMPLED) === 0 ? undefined : traceId;
  }
}

function isNotCancelled({ error }: Outcome): boolean {
  return !(error instanceof AppError && error.category === "cancelled");
}
