import { randomUUID } from "node:crypto";
import { errorChain } from "../errors";
import type { ServiceHost } from "../lifecycle";
import type { Database } from "../postgres";
import { Leases } from "./leases";
import { outboxOldest, outboxPending, outboxRefused, outboxShards } from "./metrics";
import { Publisher } from "./publisher";
import type { Relay, RelayOptions } from "./types";
import { untraced } from "./untraced";
import { onWake } from "./wake";

const longestBackoffMs = 1_000;

/**
 * Publishes what `enqueue` has written. Any number of processes may run one on the same database: each of the eight shards (by hash of the key) is held by
 * one of them, and they share the shards evenly; a process that comes or goes is noticed within a lease. What is promised: every row at least once, the first occurrences of a key in order. Close it with `host.own`.
 */
export async function startOutboxRelay(host: ServiceHost, options: RelayOptions): Promise<Relay> {
  return new OutboxRelay(host, options);
}

class OutboxRelay implements Relay {
  readonly name = "outbox relay";
  readonly #host: ServiceHost;
  readonly #leases: Leases;
  readonly #publisher: Publisher;
  readonly #pollMs: number;
  readonly #batchSize: number;
  readonly #closing = new AbortController();
  readonly #loops: Promise<void>[];
  readonly #backlog: { close(): Promise<void> };
  readonly #forgetWake: () => void;
  #woken = false;
  #wakeUp: () => void = () => undefined;

  constructor(
    host: ServiceHost,
    { db, kafka, pollMs = 50, leaseMs = 6_000, batchSize = 2_000 }: RelayOptions,
  ) {
    this.#host = host;
    this.#pollMs = pollMs;
    this.#batchSize = batchSize;
    // A holder is a life of a process: after a restart it is somebody else.
    const holder = `${host.name}/${host.instance}/${randomUUID()}`;
    this.#leases = new Leases(db, holder, leaseMs, host.metrics.gauge(outboxShards).child({}));
    this.#publisher = new Publisher(db, kafka, host.metrics, host.log, (shards) => this.#leases.lost(shards));
    this.#forgetWake = onWake(db, () => this.wake());
    this.#backlog = watchBacklog(host, db);
    this.#loops = [
      this.#loop(
        "outbox leases could not be renewed",
        () => this.#renew(),
        () => this.#leases.renewAfterMs(),
      ),
      this.#loop(
        "outbox could not be published",
        () => this.#publish(),
        (idle) => this.#idleMs(idle),
        true,
      ),
    ];
  }

  wake(): void {
    this.#woken = true;
    this.#wakeUp();
  }

  shards(): readonly number[] {
    return [...this.#leases.held().keys()].sort((a, b) => a - b);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#forgetWake();
    await Promise.all([...this.#loops, this.#backlog.close()]);
    // They end by themselves when the database cannot be told.
    await untraced(() => this.#leases.giveBack()).catch((error: unknown) =>
      this.#host.log.warn({ err: error }, "outbox leases were not given back"),
    );
  }

  async #renew(): Promise<false> {
    const before = this.#leases.held().size;
    await this.#leases.renew();
    if (this.#leases.held().size > before) this.wake();
    return false;
  }

  async #publish(): Promise<boolean> {
    const held = this.#leases.held();
    const more = held.size > 0 && (await this.#publisher.round(held, this.#batchSize));
    await this.#leases.giveBackSurplus();
    return more;
  }

  /** 50 ms right after work, five times that when nothing has come for a while: `enqueue` wakes us anyway. */
  #idleMs(emptyRounds: number): number {
    return Math.min(this.#pollMs * 5, this.#pollMs * 2 ** Math.min(emptyRounds - 1, 8));
  }

  /** Runs `fn` until the close: again at once while it returns true, else after `waitMs`. Failures are logged once and back off. */
  async #loop(
    failure: string,
    fn: () => Promise<boolean>,
    waitMs: (idle: number) => number,
    wakeable = false,
  ): Promise<void> {
    let failures = 0;
    let idle = 0;
    while (!this.#closing.signal.aborted) {
      let delayMs: number;
      if (wakeable) this.#woken = false;
      try {
        const more = await untraced(fn);
        if (failures > 0) this.#host.log.info({ failures }, `${failure}: it works again`);
        failures = 0;
        idle = more ? 0 : idle + 1;
        delayMs = more ? 0 : waitMs(idle);
      } catch (error) {
        failures++;
        if (failures === 1) this.#host.log.warn({ err: error }, failure);
        else this.#host.log.debug({ failures, reason: errorChain(error) }, failure);
        delayMs = Math.min(longestBackoffMs, 100 * 2 ** Math.min(failures, 10)) * (0.75 + Math.random() / 2);
      }
      if (delayMs > 0) await this.#wait(delayMs, wakeable && failures === 0);
    }
  }

  #wait(ms: number, wakeable: boolean): Promise<void> {
    if (this.#closing.signal.aborted || (wakeable && this.#woken)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#closing.signal.removeEventListener("abort", done);
        if (wakeable) this.#wakeUp = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#closing.signal.addEventListener("abort", done);
      if (wakeable) this.#wakeUp = done;
    });
  }
}

function watchBacklog(host: ServiceHost, db: Database): { close(): Promise<void> } {
  const pending = host.metrics.gauge(outboxPending).child({});
  const oldest = host.metrics.gauge(outboxOldest).child({});
  const refused = host.metrics.gauge(outboxRefused).child({});
  return host.every("outbox backlog", 5_000, () =>
    untraced(async () => {
      const row = await db.one<{ pending: number; age: number; refused: number }>(
        `SELECT count(*) AS pending, count(*) FILTER (WHERE attempts > 0) AS refused,
                coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS age
         FROM (SELECT created_at, attempts FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 100000) AS waiting`,
      );
      pending.set(row.pending);
      oldest.set(Math.max(0, row.age));
      refused.set(row.refused);
    }),
  );
}
