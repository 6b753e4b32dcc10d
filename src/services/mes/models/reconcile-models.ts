import type { Closable, ServiceHost } from "../../../platform/lifecycle";
import type { Database } from "../../../platform/postgres";
import type { ObjectStore } from "../../../platform/s3";
import {
  nextWindow,
  openDisagreements,
  reconciliationCheckedTotal,
  settleMs,
  startReconciler,
  type Window,
} from "../../../reconcile";
import { changedModels, missingModels, orphanModels } from "./compare-models";

type Options = {
  db: Database;
  store: ObjectStore;
  /** Time between two rounds, in milliseconds. Default 60,000. */
  everyMs?: number;
  /** How long a model may be missing before it counts, in milliseconds. Default 60,000. */
  boundMs?: number;
  /** How young an order may be and still be left alone, in milliseconds. Default 30,000. */
  leaveMs?: number;
  /** How young an object may be and still wait for its row, in milliseconds. Default one hour. */
  graceMs?: number;
  /** Time between two listings of the store, in milliseconds. Default one hour. */
  listMs?: number;
};

type Position = { orders: Window; listedAt: number };

const batch = 200;
const windowsPerRound = 5;
const nilUuid = "00000000-0000-0000-0000-000000000000";
const hourMs = 3_600_000;

/** Compares the models that orders name with the object store, and the store with the rows. Nothing is deleted by itself. */
export function startModelReconciler(
  host: ServiceHost,
  {
    db,
    store,
    everyMs = 60_000,
    boundMs = 60_000,
    leaveMs = settleMs,
    graceMs = hourMs,
    listMs = hourMs,
  }: Options,
): Closable & { wake(): void } {
  const missing = openDisagreements(host.metrics, "model_missing", boundMs);
  const orphans = openDisagreements(host.metrics, "model_orphan", 0);
  const checked = host.metrics.counter(reconciliationCheckedTotal).child({ subject: "models" });
  /** Sizes of the models that are known to be missing: they are looked for again. */
  const sizes = new Map<string, number>();

  async function lookAgain(): Promise<void> {
    const known = missing.ids().map((sha256) => ({ sha256, sizeBytes: sizes.get(sha256) ?? 0 }));
    const still = await missingModels(store, known);
    for (const { sha256 } of known) {
      if (still.has(sha256)) continue;
      missing.settle(sha256);
      sizes.delete(sha256);
    }
  }

  async function walk(window: Window, signal: AbortSignal): Promise<Window> {
    for (let left = windowsPerRound; left > 0 && !signal.aborted; left--) {
      const models = await changedModels(db, window, leaveMs, batch);
      const gone = await missingModels(store, models);
      checked.inc(models.length);
      for (const { orderId, sha256, sizeBytes } of models) {
        if (!gone.has(sha256)) continue;
        missing.note(sha256);
        sizes.set(sha256, sizeBytes);
        host.log.error(
          { order_id: orderId, model_sha256: sha256 },
          "the model of an order is not in the store",
        );
      }
      const last = models.at(-1);
      if (!last) break;
      window = { ...window, at: last.at, id: last.orderId };
    }
    return window;
  }

  return startReconciler<Position>(host, {
    db,
    subject: "models",
    everyMs,
    async round(kept, signal) {
      await lookAgain();
      const orders = await walk(nextWindow(kept?.orders, nilUuid), signal);
      const listedAt = kept?.listedAt ?? 0;
      if (Date.now() - listedAt < listMs) return { orders, listedAt };
      orphans.replace((await orphanModels(db, store, graceMs)).map(({ sha256 }) => sha256));
      return { orders, listedAt: Date.now() };
    },
    pass: () => [missing, orphans].forEach((kind) => kind.replace([])),
  });
}
