import type { Database } from "../postgres";
import type { GaugeSlot } from "../telemetry";

/**
 * The shards this process may publish. A lease is a row with a holder, an epoch and an end by the database's clock; every change of hands raises the
 * epoch, and whoever writes on the strength of a lease names the epoch in the same statement. So a process that was frozen and wakes up can do no
 * harm, which an advisory lock does not promise: its session lives on. A lease that has ended but that nobody took may be renewed.
 */
export class Leases {
  readonly #db: Database;
  readonly #holder: string;
  readonly #leaseMs: number;
  readonly #gauge: GaugeSlot;
  #epochs = new Map<number, number>();
  /** By our own clock, measured from before the renewal: never later than the database's end. */
  #validUntil = 0;

  constructor(db: Database, holder: string, leaseMs: number, gauge: GaugeSlot) {
    this.#db = db;
    this.#holder = holder;
    this.#leaseMs = leaseMs;
    this.#gauge = gauge;
  }

  /** Shard to epoch; empty when the renewal is overdue. */
  held(): ReadonlyMap<number, number> {
    return performance.now() < this.#validUntil ? this.#epochs : new Map();
  }

  /** Renews what is ours and takes what is free. */
  async renew(): Promise<void> {
    const askedAt = performance.now();
    const mine = [...this.#epochs];
    const rows = await this.#db.query<{ shard: number; epoch: number }>(
      `WITH renewed AS (
         UPDATE outbox_lease AS lease SET expires_at = clock_timestamp() + $4 * interval '1 millisecond'
         FROM unnest($2::smallint[], $3::bigint[]) AS known (shard, epoch)
         WHERE lease.shard = known.shard AND lease.epoch = known.epoch AND lease.holder = $1
         RETURNING lease.shard, lease.epoch
       ), free AS (
         SELECT shard FROM outbox_lease
         WHERE expires_at < clock_timestamp() AND NOT shard = ANY($2)
         FOR UPDATE SKIP LOCKED
       ), taken AS (
         UPDATE outbox_lease AS lease
         SET holder = $1, epoch = epoch + 1, expires_at = clock_timestamp() + $4 * interval '1 millisecond'
         FROM free WHERE free.shard = lease.shard
         RETURNING lease.shard, lease.epoch
       )
       SELECT shard, epoch FROM renewed UNION ALL SELECT shard, epoch FROM taken`,
      [this.#holder, mine.map(([shard]) => shard), mine.map(([, epoch]) => epoch), this.#leaseMs],
    );
    this.#epochs = new Map(rows.map(({ shard, epoch }) => [shard, epoch]));
    this.#validUntil = askedAt + this.#leaseMs;
    this.#gauge.set(this.#epochs.size);
  }

  /** The database has shown that these are another's. */
  lost(shards: Iterable<number>): void {
    for (const shard of shards) this.#epochs.delete(shard);
    this.#gauge.set(this.#epochs.size);
  }

  /** Lets others take what is ours at once. */
  async giveBack(): Promise<void> {
    const mine = [...this.#epochs];
    this.#epochs = new Map();
    this.#gauge.set(0);
    if (mine.length === 0) return;
    await this.#db.execute(
      `UPDATE outbox_lease AS lease SET holder = NULL, expires_at = '-infinity'
       FROM unnest($2::smallint[], $3::bigint[]) AS known (shard, epoch)
       WHERE lease.shard = known.shard AND lease.epoch = known.epoch AND lease.holder = $1`,
      [this.#holder, mine.map(([shard]) => shard), mine.map(([, epoch]) => epoch)],
    );
  }
}
