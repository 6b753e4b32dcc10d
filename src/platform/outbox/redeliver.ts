import { errorChain } from "../errors";
import type { Transaction } from "../postgres";
import type { Metrics } from "../telemetry";
import type { Applier } from "./applier";
import { letterNotFound, PoisonError, UndecodableError } from "./errors";
import type { InboxTable } from "./inbox-table";
import { deadLettersResolvedTotal } from "./metrics";
import type { Decoded, Redelivered, VersionedConsumerOptions } from "./types";

/**
 * Applies a dead letter inside its group and closes it; a letter that lacks an earlier version parks. What still cannot be applied stays open. The caller
 * drains the park of `key` afterwards. `settled` writes in the transaction that applies and closes.
 */
export async function redeliver<D extends Decoded>(
  { db, group, topic }: VersionedConsumerOptions<D>,
  table: InboxTable,
  applier: Applier<D>,
  metrics: Metrics,
  id: number,
  settled: (tx: Transaction, outcome: Redelivered["outcome"]) => Promise<void> = async () => undefined,
): Promise<Redelivered & { key?: string }> {
  const found = await db.maybeOne<{
    key: string | null;
    value: Buffer;
    headers: Record<string, string>;
    resolved: boolean;
  }>(
    `SELECT key, value, headers, resolved_at IS NOT NULL AS resolved FROM dead_letter
     WHERE id = $1 AND consumer_group = $2 AND topic = $3`,
    [id, group, topic],
  );
  if (!found) throw letterNotFound(id, group);
  if (found.resolved) return { outcome: "resolved before" };
  const { value, headers } = found;
  const decoded = applier.decode({ value, headers, ...(found.key !== null && { key: found.key }) });
  if (decoded instanceof UndecodableError)
    return { outcome: "poison", reason: "UNDECODABLE", error: errorChain(decoded) };
  const { key, version } = decoded;
  const message = { key, version, value, headers };
  // Unreadable before, it may have been set aside under another key than the one it turns out to have.
  const blocked = found.key ?? key;
  try {
    const outcome = await applier.inTrace(message, "redelivered", () =>
      db.transaction(async (tx) => {
        for (const each of new Set([key, blocked])) await table.lock(tx, each);
        const letter = await table.openLetter(tx, id);
        if (!letter) return "resolved before" as const;
        const result = await applier.apply(tx, message, decoded, "redelivered");
        // Closed first: what lies at a place as an open letter is not parked there.
        await table.resolve(tx, blocked, [id], "redelivered");
        if (result === "gap" && letter.place) await table.park(tx, message, letter.place, 0);
        const reached = result === "gap" ? ("parked" as const) : result;
        await settled(tx, reached);
        return reached;
      }),
    );
    if (outcome !== "resolved before")
      metrics.counter(deadLettersResolvedTotal).inc({ group, resolution: "redelivered" });
    return { outcome, key };
  } catch (error) {
    if (!(error instanceof PoisonError)) throw error;
    return { outcome: "poison", reason: error.reason, error: errorChain(error) };
  }
}
