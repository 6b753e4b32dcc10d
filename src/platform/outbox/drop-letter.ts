import type { Database, Transaction } from "../postgres";
import { letterNotFound } from "./errors";
import type { InboxTable } from "./inbox-table";

export type Dropped = { outcome: "dropped" | "resolved before"; key?: string };

/**
 * Closes a dead letter without applying it; delivered again it stays closed. Its key is free unless another letter is open: the caller drains the park, and a
 * version that is missing now is asked of the holder. `settled` writes in the same transaction. Errors: NOT_FOUND DEAD_LETTER_NOT_FOUND.
 */
export async function dropLetter(
  db: Database,
  table: InboxTable,
  id: number,
  settled: (tx: Transaction, outcome: Dropped["outcome"]) => Promise<void>,
): Promise<Dropped> {
  const found = await db.maybeOne<{ key: string | null }>(
    "SELECT key FROM dead_letter WHERE id = $1 AND consumer_group = $2 AND topic = $3",
    [id, table.group, table.topic],
  );
  if (!found) throw letterNotFound(id, table.group);
  const { key } = found;
  const outcome = await db.transaction(async (tx) => {
    if (key !== null) await table.lock(tx, key);
    const isOpen = (await table.openLetter(tx, id)) !== undefined;
    if (isOpen) await table.resolve(tx, key ?? "", [id], "dropped");
    const result = isOpen ? ("dropped" as const) : ("resolved before" as const);
    await settled(tx, result);
    return result;
  });
  return key === null ? { outcome } : { outcome, key };
}
