import { planted } from "../config";
import { errorChain, isTransient } from "../errors";
import type { KafkaMessage } from "../kafka";
import type { Counter, Logger, Metrics } from "../telemetry";
import type { Applier } from "./applier";
import { PoisonError, type UndecodableError } from "./errors";
import type { DeadLetter, InboxTable, Place } from "./inbox-table";
import { deadLettersTotal } from "./metrics";
import { storableText } from "./storable";
import type { Decoded, MessageSource, StoredMessage, VersionedConsumerOptions } from "./types";
import { isFaultOfDatabase, UnexpectedFailures } from "./unexpected";

/** Decides which failures are for ever, and sets their messages aside. */
export class DeadLetterOffice<D extends Decoded> {
  readonly #options: VersionedConsumerOptions<D>;
  readonly #table: InboxTable;
  readonly #applier: Applier<D>;
  readonly #log: Logger;
  readonly #total: Counter<"group" | "reason">;
  readonly #unexpected: UnexpectedFailures;

  constructor(
    options: VersionedConsumerOptions<D>,
    table: InboxTable,
    applier: Applier<D>,
    metrics: Metrics,
    log: Logger,
  ) {
    this.#options = options;
    this.#unexpected = new UnexpectedFailures(options.unexpectedAttempts ?? 5);
    this.#table = table;
    this.#applier = applier;
    this.#log = log;
    this.#total = metrics.counter(deadLettersTotal);
    for (const reason of ["UNDECODABLE", "ILLEGAL", "FORK", "UNEXPECTED"])
      this.#total.child({ group: options.group, reason });
  }

  /** Dead-letters a message that can never succeed; throws the error of one that may. */
  async setAside(
    error: unknown,
    message: StoredMessage,
    source: MessageSource,
    place?: Place,
  ): Promise<void> {
    const reason = error instanceof PoisonError ? error.reason : this.#reasonAfter(error, message, place);
    if (reason === undefined) throw error;
    const { key, version, value, headers } = message;
    await this.#write({ key, version, value, headers, reason, error: errorChain(error), place }, source);
  }

  /** A message that cannot be read blocks the key it came under, if that is one. */
  async setAsideUnread(error: UndecodableError, message: KafkaMessage): Promise<void> {
    if (planted("poison-skipped")) return;
    const { isValidKey = (key: string) => key !== "" } = this.#options;
    const { partition, offset, value, headers } = message;
    const isKey = (key: string): boolean => isValidKey(key) && storableText(key) === key;
    const key = message.key !== undefined && isKey(message.key) ? message.key : undefined;
    const place = { partition, offset };
    await this.#write(
      { key, value, headers, reason: "UNDECODABLE", error: errorChain(error), place },
      "topic",
    );
  }

  /** The message at this place works now; `applied`: it was given to `apply`. */
  forgive(place: Place, applied: boolean): void {
    this.#unexpected.succeeded(place, applied);
  }

  /** An error that is neither: a bug, or a constraint of the database. */
  #reasonAfter(error: unknown, { key }: StoredMessage, place: Place | undefined): string | undefined {
    if (isTransient(error) || isFaultOfDatabase(error) || !place) return undefined;
    return this.#unexpected.failed(place, key) ? "UNEXPECTED" : undefined;
  }

  async #write(given: DeadLetter, source: MessageSource): Promise<void> {
    const { db, group } = this.#options;
    const letter = { ...given, error: storableText(given.error) };
    const { key, reason, place, version } = letter;
    const isNew = await db.transaction(async (tx) => {
      if (key !== undefined) await this.#table.lock(tx, key);
      const opened = await this.#table.deadLetter(tx, letter);
      if (source === "parked" && place) await this.#table.unpark(tx, place);
      return opened;
    });
    if (!isNew) return;
    this.#applier.count("poison", source);
    this.#total.inc({ group, reason });
    const consequence = key === undefined ? "message set aside" : "message set aside, its key is blocked";
    this.#log.error({ key, version, reason, cause: letter.error, ...place }, consequence);
  }
}
