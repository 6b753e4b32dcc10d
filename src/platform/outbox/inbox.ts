import { planted } from "../config";
import { errorChain, isTransient } from "../errors";
import type { KafkaMessage } from "../kafka";
import type { Transaction } from "../postgres";
import type { Counter, Logger, Metrics } from "../telemetry";
import { Applier } from "./applier";
import { dropLetter } from "./drop-letter";
import { PoisonError, UndecodableError } from "./errors";
import { createFetcher, inOrder } from "./fetch-missing";
import type { InboxTable, Place } from "./inbox-table";
import { type LetterRequest, LetterRequests } from "./letter-requests";
import { deadLettersResolvedTotal } from "./metrics";
import { redeliver } from "./redeliver";
import { DeadLetterOffice } from "./set-aside";
import { storableHeaders } from "./storable";
import type {
  ApplyOutcome,
  Decoded,
  Levelled,
  Redelivered,
  StoredMessage,
  VersionedConsumerOptions,
} from "./types";

type Outcome = ApplyOutcome | "blocked";

/** Rounds of draining and fetching before the rest is left to the retry loop. */
const rounds = 5;

/**
 * Applies the versions of each key one after another, exactly once, whatever order and however often messages arrive. Per message one
 * transaction, under a lock on (group, topic, key):
 *
 * - blocked key: the message parks behind the dead letter.
 * - applied, duplicate: done. What is parked for the key is tried next.
 * - gap: the message parks, in that same transaction; then the missing versions are fetched from the holder and applied, then the park is
 *   drained, and again until level. What is left waits for the retry loop.
 * - poison: rolled back, then dead letter, block and announcement in one transaction.
 * - any other error: rolled back and thrown, so that the caller delivers it again; after a few times it is poison too.
 */
export class Inbox<D extends Decoded> {
  readonly #options: VersionedConsumerOptions<D>;
  readonly #table: InboxTable;
  readonly #applier: Applier<D>;
  readonly #office: DeadLetterOffice<D>;
  readonly #requests: LetterRequests;
  readonly #fetch: (key: string) => Promise<StoredMessage[]>;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #resolved: Counter<"group" | "resolution">;

  constructor(options: VersionedConsumerOptions<D>, table: InboxTable, metrics: Metrics, log: Logger) {
    this.#options = options;
    this.#table = table;
    this.#applier = new Applier(options, metrics);
    this.#office = new DeadLetterOffice(options, table, this.#applier, metrics, log);
    this.#requests = new LetterRequests(table.group, table.topic);
    this.#fetch = createFetcher(options, metrics, log);
    this.#metrics = metrics;
    this.#log = log;
    this.#resolved = metrics.counter(deadLettersResolvedTotal);
  }

  /** Settles a message of the topic. When it resolves, the database has all there is to know, and the offset may be committed. */
  async handle(received: KafkaMessage): Promise<void> {
    const headers = storableHeaders(received.headers);
    const message = { ...received, headers };
    const { partition, offset, value } = message;
    const place = { partition, offset };
    const decoded = this.#applier.decode(message);
    if (decoded instanceof UndecodableError) return this.#office.setAsideUnread(decoded, message);
    const { key, version } = decoded;
    const stored = { key, version, value, headers };
    let settled: { outcome: Outcome; parked: boolean };
    try {
      settled = await this.#settle(stored, decoded, place);
      this.#office.forgive(place, settled.outcome !== "blocked");
    } catch (error) {
      if (planted("error-swallowed")) return;
      return this.#office.setAside(error, stored, "topic", place);
    }
    if (settled.outcome === "blocked" || (settled.outcome !== "gap" && !settled.parked)) return;
    // The message itself is safe: what goes wrong from here on is for the retry loop.
    await this.level(key).catch((error: unknown) =>
      this.#log.warn({ err: error, key }, "parked messages could not be applied"),
    );
  }

  /** Drains the park of a key, fetching what is missing, until nothing is parked, nothing moves, or a dead letter blocks it. */
  async level(key: string): Promise<Levelled> {
    let applied = 0;
    for (let round = 0; round < rounds; round++) {
      const drained = await this.#drain(key);
      applied += drained.applied;
      if (drained.end !== "gap") break;
      const copied = await this.#applyCopies(key, await this.#fetch(key));
      if (copied === 0) break;
      applied += copied;
    }
    return { applied, ...(await this.#table.state(this.#options.db, key)) };
  }

  async applyFetched(key: string, messages: readonly StoredMessage[]): Promise<Levelled> {
    const copied = await this.#applyCopies(key, inOrder(messages));
    const drained = await this.#drain(key);
    return { applied: copied + drained.applied, ...(await this.#table.state(this.#options.db, key)) };
  }

  async redeliver(
    id: number,
    settled?: (tx: Transaction, outcome: Redelivered["outcome"]) => Promise<void>,
  ): Promise<Redelivered> {
    const { key, ...result } = await redeliver(
      this.#options,
      this.#table,
      this.#applier,
      this.#metrics,
      id,
      settled,
    );
    if (key !== undefined) await this.level(key);
    return result;
  }

  /** Closes a dead letter without applying it, then tries what is parked behind it. */
  async drop(id: number, settled: (tx: Transaction, outcome: string) => Promise<void>): Promise<string> {
    const { outcome, key } = await dropLetter(this.#options.db, this.#table, id, settled);
    if (outcome === "dropped") this.#resolved.inc({ group: this.#table.group, resolution: "dropped" });
    if (key !== undefined) await this.level(key);
    return outcome;
  }

  /** Does what people have asked of this group's dead letters; each answer is written in the transaction that does it. */
  async serveRequests(signal: AbortSignal): Promise<void> {
    for (const request of await this.#requests.open(this.#options.db)) {
      if (signal.aborted) return;
      await this.#serve(request);
    }
  }

  async #serve({ id, letterId, action }: LetterRequest): Promise<void> {
    const { db } = this.#options;
    const settled = (tx: Transaction, outcome: string) => this.#requests.answer(tx, id, outcome);
    try {
      if (action === "drop") await this.#requests.answer(db, id, await this.drop(letterId, settled));
      else {
        const { outcome, error } = await this.redeliver(letterId, settled);
        await this.#requests.answer(db, id, outcome, error);
      }
    } catch (error) {
      const said = errorChain(error);
      this.#log.warn({ err: error, dead_letter: letterId, action }, "a request of a dead letter failed");
      if (isTransient(error)) await this.#requests.postpone(db, id, said);
      else await this.#requests.answer(db, id, "failed", said);
    }
  }

  #settle(message: StoredMessage, decoded: D, place: Place): Promise<{ outcome: Outcome; parked: boolean }> {
    return this.#options.db.transaction(async (tx) => {
      await this.#table.lock(tx, message.key);
      const { blocked, parked } = await this.#table.state(tx, message.key);
      const outcome = blocked ? "blocked" : await this.#applier.apply(tx, message, decoded, "topic");
      if (outcome === "blocked") tx.onCommit(() => this.#applier.count("parked", "topic"));
      if (outcome === "blocked" || outcome === "gap") {
        await this.#table.park(tx, message, place, this.#options.retryParkedMs ?? 2_000);
      }
      return { outcome, parked };
    });
  }

  /** Applies what is parked, lowest version first, until something is missing. */
  async #drain(key: string): Promise<{ applied: number; end: "gap" | "blocked" | "empty" }> {
    for (let applied = 0; ;) {
      const step = await this.#drainOne(key);
      if (step === "applied") applied++;
      else if (step !== "duplicate") return { applied, end: step };
    }
  }

  async #drainOne(key: string): Promise<Outcome | "empty"> {
    const first = await this.#table.firstParked(this.#options.db, key);
    if (!first) return "empty";
    const { partition, offset, ...message } = first;
    const place = { partition, offset };
    try {
      const decoded = this.#applier.decode(message);
      if (decoded instanceof UndecodableError)
        throw new PoisonError("UNDECODABLE", decoded.message, { cause: decoded });
      const outcome = await this.#applier.inTrace(message, "parked", () =>
        this.#options.db.transaction(async (tx) => {
          await this.#table.lock(tx, key);
          if ((await this.#table.state(tx, key)).blocked) return "blocked";
          const result = await this.#applier.apply(tx, message, decoded, "parked");
          if (result !== "gap") await this.#table.unpark(tx, place);
          return result;
        }),
      );
      this.#office.forgive(place, outcome !== "blocked");
      return outcome;
    } catch (error) {
      await this.#office.setAside(error, message, "parked", place);
      return "blocked";
    }
  }

  async #applyCopies(key: string, messages: readonly StoredMessage[]): Promise<number> {
    let applied = 0;
    for (const message of messages) {
      const outcome = await this.#applyCopy(key, message);
      if (outcome === "applied") applied++;
      // Copies are contiguous: none of the later ones can do better.
      else if (outcome !== "duplicate") break;
    }
    return applied;
  }

  /** A copy from the holder. It may lift the block of a letter whose version it brings, or of one that could not be read. */
  async #applyCopy(key: string, message: StoredMessage): Promise<Outcome> {
    const { db, group } = this.#options;
    const decoded = this.#applier.decode(message);
    if (decoded instanceof UndecodableError || decoded.key !== key || decoded.version !== message.version) {
      this.#log.error({ key, version: message.version }, "a fetched copy is not what it was said to be");
      return "gap";
    }
    try {
      return await this.#applier.inTrace(message, "fetched", () =>
        db.transaction(async (tx) => {
          await this.#table.lock(tx, key);
          const { blocked } = await this.#table.state(tx, key);
          const letters = blocked ? await this.#table.openLettersOf(tx, key) : [];
          if (letters.some(({ reason }) => reason === "FORK")) return "blocked";
          const outcome = await this.#applier.apply(tx, message, decoded, "fetched");
          const healed = letters.filter(({ version }) => version === null || version <= decoded.version);
          if (outcome === "applied" && healed.length > 0) {
            const ids = healed.map(({ id }) => id);
            await this.#table.resolve(tx, key, ids, "healed");
            tx.onCommit(() => this.#resolved.inc({ group, resolution: "healed" }, ids.length));
          }
          return outcome;
        }),
      );
    } catch (error) {
      await this.#office.setAside(error, message, "fetched");
      return "blocked";
    }
  }
}
