import { planted } from "../../../platform/config";
import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database, Transaction } from "../../../platform/postgres";
import type { ObjectStore } from "../../../platform/s3";
import { untraced } from "../../../platform/telemetry";
import { errors } from "../domain/errors";
import type { SpooledModel } from "./spool";

export type ModelStore = {
  /** Sees to it that the model's bytes are in the object store, under their hash. True: they were there already. */
  keep(model: SpooledModel): Promise<boolean>;
  /** In the transaction that makes an order refer to the model: it is there, and stays. Throws ABORTED MODEL_SWEPT when the upload took so long that it is gone. */
  hold(tx: Transaction, sha256: string): Promise<void>;
  /** Removes objects that no order refers to: their upload ended between the put and the order's move. Returns how many. */
  sweep(): Promise<number>;
};

export type ModelStoreOptions = {
  db: Database;
  store: ObjectStore;
  /** How long a model may wait for its order before it is swept, in milliseconds. Default one hour. */
  orphanAfterMs?: number;
};

/**
 * Models by their SHA-256. A row says what the store holds or may hold: it is written before the object and marked after it; before an object is deleted the mark is taken away again, so that
 * a crash at any step never leaves a mark without its object.
 */
export function createModelStore(
  host: ServiceHost,
  { db, store, orphanAfterMs = 3_600_000 }: ModelStoreOptions,
): ModelStore {
  const isOrphan = `touched_at < clock_timestamp() - interval '${orphanAfterMs} milliseconds'
    AND NOT EXISTS (SELECT 1 FROM pricing_job j WHERE j.model_sha256 = m.sha256)`;

  /** Under the row's lock, so that an upload of the same bytes waits and then puts them again. */
  const remove = (sha256: string): Promise<boolean> =>
    db.transaction(async (tx) => {
      const orphan = await tx.maybeOne(
        `SELECT 1 AS one FROM model m WHERE sha256 = $1 AND state = 'storing' AND ${isOrphan} FOR UPDATE`,
        [sha256],
      );
      if (!orphan) return false;
      await store.delete(`models/${sha256}`);
      await tx.execute("DELETE FROM model WHERE sha256 = $1", [sha256]);
      return true;
    });

  return {
    async keep({ sha256, sizeBytes, read }) {
      if (planted("object-without-row"))
        await store.put(`models/${sha256}`, read(), { length: sizeBytes, sha256 });
      const { state } = await db.one<{ state: string }>(
        `INSERT INTO model (sha256, size_bytes, state) VALUES ($1, $2, 'storing')
         ON CONFLICT (sha256) DO UPDATE SET touched_at = clock_timestamp() RETURNING state`,
        [sha256, sizeBytes],
      );
      if (state === "stored") return true;
      await store.put(`models/${sha256}`, read(), { length: sizeBytes, sha256 });
      const marked = await db.execute(
        "UPDATE model SET state = 'stored', touched_at = clock_timestamp() WHERE sha256 = $1",
        [sha256],
      );
      if (marked > 0) return false;
      await store.delete(`models/${sha256}`);
      throw errors.modelSwept({ sha256 });
    },
    async hold(tx, sha256) {
      const held = await tx.execute(
        "UPDATE model SET touched_at = clock_timestamp() WHERE sha256 = $1 AND state = 'stored'",
        [sha256],
      );
      if (held === 0) throw errors.modelSwept({ sha256 });
    },
    async sweep() {
      const orphans = await untraced(() =>
        db.query<{ sha256: string }>(
          `UPDATE model m SET state = 'storing' WHERE ${isOrphan} RETURNING sha256`,
        ),
      );
      let removed = 0;
      for (const { sha256 } of orphans) {
        if (!(await untraced(() => remove(sha256)))) continue;
        host.log.info({ model_sha256: sha256 }, "A model that no order refers to was removed");
        removed += 1;
      }
      return removed;
    },
  };
}
