import type { MetadataOptions } from "@grpc/grpc-js";
import type { CounterSlot, HistogramSlot, Metrics } from "../telemetry";
import { codeName, codeNames } from "./codes";
import type { MethodLabels } from "./method-slots";
import { attemptMetrics } from "./metrics";

/** Why a call was sent once more, in the words of gRFC A96: the server never saw the attempt before, a policy or pushback asked for it, or the attempt before is slow. */
export const retryKinds = ["transparent", "retry", "hedge"] as const;
export type RetryKind = (typeof retryKinds)[number];

/** A method's series of attempts, looked up once, as `MethodSlots` does for calls. */
export class AttemptSlots {
  readonly #started: CounterSlot;
  readonly #handled: readonly CounterSlot[];
  readonly #handling: (HistogramSlot | undefined)[] = [];
  readonly #handlingOf: (code: number) => HistogramSlot;
  readonly #retries: Readonly<Record<RetryKind, CounterSlot>>;

  constructor(metrics: Metrics, labels: MethodLabels) {
    this.#started = metrics.counter(attemptMetrics.started).child(labels);
    const handled = metrics.counter(attemptMetrics.handled);
    this.#handled = codeNames.map((grpc_code) => handled.child({ ...labels, grpc_code }));
    const handling = metrics.histogram(attemptMetrics.handling);
    this.#handlingOf = (code) => handling.child({ ...labels, grpc_code: codeName(code) });
    const retries = metrics.counter(attemptMetrics.retries);
    const slot = (kind: RetryKind) => retries.child({ ...labels, kind });
    this.#retries = { transparent: slot("transparent"), retry: slot("retry"), hedge: slot("hedge") };
  }

  begin(): void {
    this.#started.inc();
  }

  again(kind: RetryKind): void {
    this.#retries[kind].inc();
  }

  end(code: number, seconds: number, traceId: string | undefined): void {
    const known = code >= 0 && code < this.#handled.length ? code : 2;
    this.#handled[known]?.inc(1, traceId);
    (this.#handling[known] ??= this.#handlingOf(known)).observe(seconds, traceId);
  }
}

/** What is told of a call that is sent again. */
export type AttemptedCall = {
  readonly traceId: string | undefined;
  /** `code` is that of the attempt that ended last, undefined when none has ended yet. */
  sentAgain(attempt: number, kind: RetryKind, code: number | undefined): void;
};

/**
 * The attempts of one call. grpc-js makes them deep inside and knows nothing of our calls, so this travels as the options of the call's metadata, which every
 * copy of the metadata keeps (`getOptions()`, public). Where attempts cannot be seen, each sending of ours counts as one.
 */
export class CallAttempts implements MetadataOptions {
  readonly waitForReady = false;
  readonly #slots: AttemptSlots;
  readonly #call: AttemptedCall;
  readonly #hedged: boolean;
  readonly #seen: boolean;
  #made = 0;
  /** How many attempts grpc-js's policy had counted before the last one. */
  #counted = 0;
  /** True between a sending of ours and the attempt that it makes. */
  #resent = false;
  #lastCode: number | undefined;
  /** Of a sending whose attempts cannot be seen. */
  #sentAt: number | undefined;

  constructor(slots: AttemptSlots, call: AttemptedCall, hedged: boolean, seen: boolean) {
    this.#slots = slots;
    this.#call = call;
    this.#hedged = hedged;
    this.#seen = seen;
  }

  /** How many there were so far. */
  get made(): number {
    return this.#made;
  }

  /**
   * An attempt starts; returns when, for `end`. `counted` is how many grpc-js's policy counts before it (`grpc-previous-rpc-attempts`, gRFC A6): a transparent
   * retry is not counted.
   */
  begin(counted: number): number {
    this.#made += 1;
    this.#slots.begin();
    if (this.#made > 1) {
      const byPolicy = this.#hedged ? "hedge" : "retry";
      const kind = this.#resent ? "retry" : counted > this.#counted ? byPolicy : "transparent";
      this.#slots.again(kind);
      this.#call.sentAgain(this.#made, kind, this.#lastCode);
    }
    this.#resent = false;
    this.#counted = counted;
    return performance.now();
  }

  end(code: number, startedAt: number): void {
    this.#lastCode = code;
    this.#slots.end(code, (performance.now() - startedAt) / 1000, this.#call.traceId);
  }

  /** To be called before our own code gives the call to grpc-js, with the status that made it do so again. */
  sending(afterCode?: number): void {
    this.#resent = afterCode !== undefined;
    if (this.#seen) return;
    if (afterCode !== undefined) this.settled(afterCode);
    this.#sentAt = this.begin(0);
  }

  /** The last sending has ended. */
  settled(code: number): void {
    if (this.#sentAt === undefined) return;
    const startedAt = this.#sentAt;
    this.#sentAt = undefined;
    this.end(code, startedAt);
  }
}
