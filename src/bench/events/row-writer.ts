import { setTimeout as sleep } from "node:timers/promises";
import { enqueue } from "../../platform/outbox";
import type { Database } from "../../platform/postgres";

const keys = 40;
/** Rows that wait are enough for a relay's batch; more would only lengthen the run. */
const mostWaiting = 100;
const rowsPerTransaction = 10;

/** Writes rows of a few keys in short transactions, as long as few enough wait, until `stopped` says so. Returns how many. */
export async function writeRows(db: Database, topic: string, stopped: () => boolean): Promise<number> {
  const versions = new Map<string, number>();
  let written = 0;
  while (!stopped()) {
    if ((await waitingRows(db)) < mostWaiting) {
      await db.transaction(async (tx) => {
        for (let i = 0; i < rowsPerTransaction; i++) {
          const key = `order-${(written + i) % keys}`;
          const version = (versions.get(key) ?? 0) + 1;
          versions.set(key, version);
          const value = Buffer.from(JSON.stringify({ key, version }));
          await enqueue(tx, { topic, key, version, value });
        }
      });
      written += rowsPerTransaction;
    }
    await sleep(100);
  }
  return written;
}

export async function waitingRows(db: Database): Promise<number> {
  const text = "SELECT count(*) AS waiting FROM outbox WHERE published_at IS NULL";
  return (await db.one<{ waiting: number }>(text)).waiting;
}
