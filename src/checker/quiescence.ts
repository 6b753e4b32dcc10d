import { setTimeout as sleep } from "node:timers/promises";
import { readPositions } from "../platform/kafka";
import type { Queryable } from "../platform/postgres";
import type { CheckSources } from "./evidence";
import { serviceNames } from "./names";

export type QuiescenceOptions = {
  /** After this long it is given up, in milliseconds. Default 120,000. */
  patienceMs?: number;
  /** Time between two looks, in milliseconds. Default 250. */
  lookMs?: number;
  /** Looks in a row that must find nothing: what one of them misses moves to where the next one sees it. Default 2. */
  looks?: number;
  /** Told what is on its way, at each look that finds something. */
  onPending?: (pending: readonly string[]) => void;
};

export type Quiescence = {
  /** False: patience ran out. */
  quiet: boolean;
  waitedMs: number;
  /** What was on its way at the last look, in words; empty when quiet. */
  pending: readonly string[];
};

/**
 * Waits until nothing is on its way: outboxes are empty, groups have read the topic to its end, nothing is parked without a block, nobody waits for a price, and no payment or refund is open.
 * Whether the services then agree is for the invariants to say. A source that does not answer counts as something on its way.
 */
export async function waitForQuiescence(
  sources: CheckSources,
  { patienceMs = 120_000, lookMs = 250, looks = 2, onPending }: QuiescenceOptions = {},
): Promise<Quiescence> {
  const startedAt = performance.now();
  for (let still = 0; ;) {
    const pending = await pendingWork(sources).catch((error: Error) => [
      `a source does not answer: ${error.message}`,
    ]);
    const waitedMs = Math.round(performance.now() - startedAt);
    still = pending.length === 0 ? still + 1 : 0;
    if (still >= looks) return { quiet: true, waitedMs, pending: [] };
    if (pending.length > 0) onPending?.(pending);
    if (waitedMs > patienceMs) return { quiet: false, waitedMs, pending };
    await sleep(lookMs);
  }
}

/** What is on its way now, in words. Throws when a source does not answer. */
export async function pendingWork({ databases, topic, pricing, payments }: CheckSources): Promise<string[]> {
  const pending: string[] = [];
  const count = async (db: Queryable, what: string, from: string): Promise<void> => {
    const { n } = await db.one<{ n: number }>(`SELECT count(*)::integer AS n FROM ${from}`);
    if (n > 0) pending.push(`${n} ${what}`);
  };
  for (const name of serviceNames) {
    const db = databases[name];
    if (!db) continue;
    await count(db, `rows in the outbox of ${name}`, "outbox WHERE published_at IS NULL");
    await count(
      db,
      `messages parked at ${name}`,
      "parked_message AS parked WHERE NOT EXISTS (SELECT FROM blocked_key AS blocked WHERE blocked.consumer_group = parked.consumer_group AND blocked.topic = parked.topic AND blocked.key = parked.key)",
    );
  }
  if (topic) pending.push(...(await unreadMessages(topic)));
  if (pricing)
    await count(pricing, "orders that wait for a price", "pricing_attachment WHERE done_at IS NULL");
  if (pricing) await count(pricing, "jobs of pricing", "pricing_job WHERE state IN ('queued', 'running')");
  if (payments) {
    await count(
      payments.shop,
      "payments that are undecided",
      "payment_intent WHERE state IN ('open', 'voiding')",
    );
    await count(payments.shop, "refunds to be made", "payment_refund WHERE done_at IS NULL");
  }
  return pending;
}

async function unreadMessages({
  kafka,
  name,
  groups,
}: NonNullable<CheckSources["topic"]>): Promise<string[]> {
  const { partitions, read } = await readPositions(
    kafka,
    name,
    serviceNames.flatMap((service) => groups[service] ?? []),
  );
  return serviceNames.flatMap((service) => {
    const group = groups[service];
    if (group === undefined) return [];
    const commits = read.get(group);
    const unread = partitions.reduce(
      (sum, { partition, low, high }) => sum + high - (commits?.get(partition) ?? low),
      0,
    );
    return unread > 0 ? [`${unread} messages that ${service} has not read`] : [];
  });
}
