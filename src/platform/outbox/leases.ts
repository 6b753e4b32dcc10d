import { planted } from "../config";
import type { Database } from "../postgres";
import type { GaugeSlot } from "../telemetry";

/**
 * The shards this process may publish. A lease is a row with a holder, an epoch and an end by the database's clock; every change of hands raises the
 * epoch, and whoever writes on the strength of a lease names the epoch in the same statement. So a process that was frozen and wakes up can do no
 * harm, which an advisory lock does not promise: its session lives on. A lease that has ended but that nobody took may be renewed.
 *
 * Processes share: each keeps a row that says it lives, takes no more than its share of the shards, and gives back what is more than that. A share that is
 * computed from an old count does no harm: who publishes what is decided by the leases alone.
 */
export class Leases {
  readonly #db: Database;
  readonly #holder: string;
  readonly #leaseMs: number;
  readonly #gauge: GaugeSlot;
  #epochs = new Map<number, number>();
  /** The most that this process may keep, and what it gets when all the others keep as much as they may. */
  #share = { most: Infinity, least: 0 };
  /** By our own clock, measured from before the renewal: never later than the database's end. */
  #validUntil = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(db: Database, holder: string, leaseMs: number, gauge: GaugeSlot) {
    this.#db = db;
    this.#holder = holder;
    this.#leaseMs = leaseMs;
    this.#gauge = gauge;
  }

  /** Shard to epoch; empty when the renewal is overdue. */
  held(): ReadonlyMap<number, number> {
    if (planted("relays-skip-locked")) return new Map([[0, 0]]);
    return performance.now() < this.#validUntil ? this.#epochs : new Map();
  }

  /** When to renew next: sooner while others have to give us something. In milliseconds. */
  renewAfterMs(): number {
    return this.#leaseMs / (this.#epochs.size < this.#share.least ? 12 : 3);
  }

  /** Says that we live, renews what is ours and takes what is free, up to our share. */
  renew(): Promise<void> {
    return this.#alone(async () => {
      const askedAt = performance.now();
      const [shards, epochs] = columns(this.#epochs);
      const rows = await this.#db.query<Renewed>(renewStatement, [
        this.#holder,
        shards,
        epochs,
        this.#leaseMs,
      ]);
      this.#epochs = new Map(
        rows.flatMap(({ shard, epoch }) => (shard === null || epoch === null ? [] : [[shard, epoch]])),
      );
      const { shards: all, live } = rows[0]!;
      this.#share = { most: Math.ceil(all / live), least: Math.floor(all / live) };
      this.#validUntil = askedAt + this.#leaseMs;
      this.#gauge.set(this.#epochs.size);
    });
  }

  /** The database has shown that these are another's. */
  lost(shards: Iterable<number>): void {
    for (const shard of shards) this.#epochs.delete(shard);
    this.#gauge.set(this.#epochs.size);
  }

  /** Gives back what is more than our share. Between two rounds: nothing of it is being sent, so the next holder sends nothing twice. */
  async giveBackSurplus(): Promise<void> {
    if (this.#epochs.size <= this.#share.most) return;
    await this.#alone(() => this.#release([...this.#epochs].slice(this.#share.most)));
  }

  /** Lets others take what is ours at once. */
  giveBack(): Promise<void> {
    return this.#alone(async () => {
      await this.#release([...this.#epochs]);
      await this.#db.execute("DELETE FROM outbox_relay WHERE holder = $1", [this.#holder]);
    });
  }

  async #release(leases: readonly (readonly [number, number])[]): Promise<void> {
    this.lost(leases.map(([shard]) => shard));
    if (leases.length === 0) return;
    await this.#db.execute(
      `UPDATE outbox_lease AS lease SET holder = NULL, expires_at = '-infinity'
       FROM unnest($2::smallint[], $3::bigint[]) AS known (shard, epoch)
       WHERE lease.shard = known.shard AND lease.epoch = known.epoch AND lease.holder = $1`,
      [this.#holder, ...columns(leases)],
    );
  }

  /** A renewal that is under way would bring back what is given away meanwhile. */
  #alone<T>(fn: () => Promise<T>): Promise<T> {
    const next = this.#last.then(fn);
    this.#last = next.catch(() => undefined);
    return next;
  }
}

type Renewed = { shard: number | null; epoch: number | null; shards: number; live: number };

function columns(leases: Iterable<readonly [number, number]>): [number[], number[]] {
  const all = [...leases];
  return [all.map(([shard]) => shard), all.map(([, epoch]) => epoch)];
}

/** Whoever has been silent for a lease counts no longer. One row at least comes back, for the counts. */
const renewStatement = `
  WITH alive AS (
    INSERT INTO outbox_relay (holder, expires_at) VALUES ($1, clock_timestamp() + $4 * interval '1 millisecond')
    ON CONFLICT (holder) DO UPDATE SET expires_at = EXCLUDED.expires_at
  ), dead AS (
    DELETE FROM outbox_relay WHERE holder IN (
      SELECT holder FROM outbox_relay WHERE expires_at < clock_timestamp() - interval '1 minute' AND holder <> $1
      FOR UPDATE SKIP LOCKED)
  ), counts AS (
    SELECT (SELECT count(*) FROM outbox_lease) AS shards,
           (SELECT count(*) + 1 FROM outbox_relay WHERE expires_at >= clock_timestamp() AND holder <> $1) AS live
  ), renewed AS (
    UPDATE outbox_lease AS lease SET expires_at = clock_timestamp() + $4 * interval '1 millisecond'
    FROM unnest($2::smallint[], $3::bigint[]) AS known (shard, epoch)
    WHERE lease.shard = known.shard AND lease.epoch = known.epoch AND lease.holder = $1
    RETURNING lease.shard, lease.epoch
  ), free AS (
    SELECT shard FROM outbox_lease
    WHERE expires_at < clock_timestamp() AND NOT shard = ANY($2)
    ORDER BY shard
    LIMIT (SELECT greatest(0, (shards + live - 1) / live - cardinality($2::smallint[])) FROM counts)
    FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE outbox_lease AS lease
    SET holder = $1, epoch = epoch + 1, expires_at = clock_timestamp() + $4 * interval '1 millisecond'
    FROM free WHERE free.shard = lease.shard
    RETURNING lease.shard, lease.epoch
  ), held AS (
    SELECT shard, epoch FROM renewed UNION ALL SELECT shard, epoch FROM taken
  )
  SELECT held.shard, held.epoch, counts.shards, counts.live FROM counts LEFT JOIN held ON true`;
