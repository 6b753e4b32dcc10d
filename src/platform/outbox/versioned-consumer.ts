import { startConsumer } from "../kafka";
import type { ServiceHost } from "../lifecycle";
import type { Database } from "../postgres";
import { currentScope, runInScope } from "../telemetry";
import { Inbox } from "./inbox";
import { InboxTable } from "./inbox-table";
import { deadLettersOpen, inboxBlocked, inboxOldestParked, inboxParked } from "./metrics";
import type { Decoded, VersionedConsumer, VersionedConsumerOptions } from "./types";
import { untraced } from "./untraced";

const longestRetryMs = 60_000;

/**
 * Consumes a topic whose messages carry a key and a version, and applies each version exactly once and in order, see `Inbox`. Needs `outboxMigration`,
 * `inboxMigration` and `deadLetterRequestMigration` in the database, and a relay for the dead letters. Close it with `host.own`.
 */
export async function startVersionedConsumer<D extends Decoded>(
  host: ServiceHost,
  options: VersionedConsumerOptions<D>,
): Promise<VersionedConsumer> {
  const { db, kafka, group, topic, retryParkedMs = 2_000 } = options;
  const log = host.log.child({ group, topic });
  const table = new InboxTable(group, topic);
  const inbox = new Inbox(options, table, host.metrics, log);
  const consumer = await startConsumer(host, kafka, {
    group,
    topic,
    handle: (message) => inbox.handle(message),
  });

  const retry = host.every(`inbox ${group} ${topic}`, Math.max(50, retryParkedMs / 2), async (signal) => {
    for (const key of await untraced(() => table.takeDue(db, retryParkedMs, longestRetryMs))) {
      if (signal.aborted) return;
      const scope = { ...currentScope(), deadlineAt: Date.now() + 30_000, fields: { order_id: key } };
      await runInScope(scope, () => inbox.level(key)).catch((error: unknown) =>
        log.warn({ err: error, key }, "parked messages could not be applied"),
      );
    }
  });
  const requests = host.every(`dead letter requests ${group} ${topic}`, 1_000, (signal) => {
    const scope = { ...currentScope(), deadlineAt: Date.now() + 30_000, fields: {} };
    return untraced(() => runInScope(scope, () => inbox.serveRequests(signal)));
  });
  const gauges = host.every(`inbox gauges ${group} ${topic}`, 5_000, () =>
    untraced(() => measure(host, db, group, topic)),
  );

  return {
    applyFetched: (key, messages) => inbox.applyFetched(key, messages),
    redeliver: (deadLetterId) => inbox.redeliver(deadLetterId),
    async close() {
      await Promise.all([consumer.close(), retry.close(), requests.close(), gauges.close()]);
    },
  };
}

async function measure({ metrics }: ServiceHost, db: Database, group: string, topic: string): Promise<void> {
  const row = await db.one<{ parked: number; oldest: number; blocked: number; open: number }>(
    `SELECT (SELECT count(*) FROM parked_message WHERE consumer_group = $1 AND topic = $2) AS parked,
            (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(parked_at)), 0)::float8
             FROM parked_message WHERE consumer_group = $1 AND topic = $2) AS oldest,
            (SELECT count(*) FROM blocked_key WHERE consumer_group = $1 AND topic = $2) AS blocked,
            (SELECT count(*) FROM dead_letter WHERE consumer_group = $1 AND topic = $2 AND resolved_at IS NULL) AS open`,
    [group, topic],
  );
  metrics.gauge(inboxParked).set({ group }, row.parked);
  metrics.gauge(inboxOldestParked).set({ group }, Math.max(0, row.oldest));
  metrics.gauge(inboxBlocked).set({ group }, row.blocked);
  metrics.gauge(deadLettersOpen).set({ group }, row.open);
}
