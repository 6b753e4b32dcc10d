import { errorChain } from "../errors";
import type { KafkaMessage } from "../kafka";
import type { Transaction } from "../postgres";
import { currentScope, extractTrace, runInScope, withSpan, type Counter, type Metrics } from "../telemetry";
import { UndecodableError } from "./errors";
import { inboxAppliedTotal } from "./metrics";
import type { ApplyOutcome, Decoded, MessageSource, StoredMessage, VersionedConsumerOptions } from "./types";

/** The group's own `decode` and `apply`, observed. */
export class Applier<D extends Decoded> {
  readonly #options: VersionedConsumerOptions<D>;
  readonly #applied: Counter<"group" | "outcome" | "source">;

  constructor(options: VersionedConsumerOptions<D>, metrics: Metrics) {
    this.#options = options;
    this.#applied = metrics.counter(inboxAppliedTotal);
    const { group } = options;
    for (const outcome of ["applied", "duplicate", "gap", "parked", "poison"]) {
      this.#applied.child({ group, outcome, source: "topic" });
    }
  }

  /** Whatever `decode` throws says that these bytes cannot be read. */
  decode(message: Pick<KafkaMessage, "key" | "value" | "headers">): D | UndecodableError {
    try {
      return this.#options.decode(message);
    } catch (error) {
      return error instanceof UndecodableError
        ? error
        : new UndecodableError(errorChain(error), { cause: error });
    }
  }

  /** Calls `apply` in the caller's transaction; counted, and told to `onApplied`, when that has committed. */
  async apply(
    tx: Transaction,
    message: StoredMessage,
    decoded: D,
    source: MessageSource,
  ): Promise<ApplyOutcome> {
    const given = { ...message, decoded, source };
    const outcome = await this.#options.apply(tx, given);
    tx.onCommit(() => this.count(outcome, source));
    if (outcome === "applied") tx.onCommit(() => this.#options.onApplied?.(given));
    return outcome;
  }

  /** What does not come from the topic continues the trace that the message was published in. */
  inTrace<T>(message: StoredMessage, source: MessageSource, fn: () => Promise<T>): Promise<T> {
    const scope = currentScope();
    const { topic } = this.#options;
    const attributes = {
      "order.id": message.key,
      "messaging.destination.name": topic,
      "alexandrite.message.version": message.version,
    };
    return runInScope(
      { ...scope, fields: { ...scope?.fields, order_id: message.key } },
      () => withSpan(`apply ${source} ${topic}`, { attributes }, fn),
      extractTrace(message.headers),
    );
  }

  count(outcome: ApplyOutcome | "parked" | "poison", source: MessageSource): void {
    this.#applied.inc({ group: this.#options.group, outcome, source });
  }
}
