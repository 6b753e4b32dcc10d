import type { ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import type { ObjectStore } from "../../../platform/s3";
import { untraced } from "../../../platform/telemetry";
import type { SpooledModel } from "./spool";

export type ModelStore = {
  /** Sees to it that the model's bytes are in the object store, under their hash. True: they were there already. */
  keep(model: SpooledModel): Promise<boolean>;
  /** Removes objects that no order refers to: their upload ended between the put and the order's move. Returns how many. */
  sweep(): Promise<number>;
};

/** An upload that takes longer than this between marking and moving its order may lose its object to the sweep, and is then refused; in milliseconds. */
const orphanAfterMs = 3_600_000;

/** Models by their SHA-256. A row says what the store holds or may hold: it is written before the object and marked after it. */
export function createModelStore(
  host: ServiceHost,
  { db, store }: { db: Database; store: ObjectStore },
): ModelStore {
  return {
    async keep({ sha256, sizeBytes, read }) {
      const { state } = await db.one<{ state: string }>(
        `INSERT INTO model (sha256, size_bytes, state) VALUES ($1, $2, 'storing')
         ON CONFLICT (sha256) DO UPDATE SET touched_at = clock_timestamp() RETURNING state`,
        [sha256, sizeBytes],
      );
      if (state === "stored") return true;
      await store.put(`models/${sha256}`, read(), { length: sizeBytes, sha256 });
      await db.execute(
        "UPDATE model SET state = 'stored', touched_at = clock_timestamp() WHERE sha256 = $1",
        [sha256],
      );
      return false;
    },
    async sweep() {
      let removed = 0;
      for (;;) {
        const gone = await untraced(() =>
          db.transaction(async (tx) => {
            const orphan = await tx.maybeOne<{ sha256: string }>(
              `SELECT sha256 FROM model m WHERE touched_at < clock_timestamp() - interval '${orphanAfterMs} milliseconds'
                 AND NOT EXISTS (SELECT 1 FROM pricing_job j WHERE j.model_sha256 = m.sha256)
               LIMIT 1 FOR UPDATE SKIP LOCKED`,
            );
            if (!orphan) return false;
            await store.delete(`models/${orphan.sha256}`);
            await tx.execute("DELETE FROM model WHERE sha256 = $1", [orphan.sha256]);
            host.log.info({ model_sha256: orphan.sha256 }, "A model that no order refers to was removed");
            return true;
          }),
        );
        if (!gone) return removed;
        removed += 1;
      }
    },
  };
}
