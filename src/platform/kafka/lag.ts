import type { Closable, ServiceHost } from "../lifecycle";
import type { AdminConnection } from "./admin";
import { consumerLag } from "./metrics";

/** Measures every ten seconds how far the group's commits are behind, for the partitions that this process reads. */
export function watchLag(
  host: ServiceHost,
  admin: AdminConnection,
  group: string,
  topic: string,
  assigned: () => readonly number[],
): Closable {
  const gauge = host.metrics.gauge(consumerLag);
  const labels = (partition: number) => ({ consumergroup: group, topic, partition: String(partition) });
  let shown: readonly number[] = [];
  return host.every(`kafka lag ${group} ${topic}`, 10_000, async () => {
    const mine = assigned();
    for (const gone of shown.filter((partition) => !mine.includes(partition))) gauge.remove(labels(gone));
    shown = mine;
    if (mine.length === 0) return;
    const { ends, commits } = await admin.use(async (each) => ({
      ends: await each.fetchTopicOffsets(topic),
      commits: await each.fetchOffsets({ groupId: group, topics: [topic] }),
    }));
    const committed = new Map(
      commits[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
    );
    for (const { partition, high, low } of ends) {
      if (!mine.includes(partition)) continue;
      // -1: nothing committed yet, the group starts at the oldest message there is.
      const position = Math.max(committed.get(partition) ?? -1, Number(low));
      gauge.set(labels(partition), Math.max(0, Number(high) - position));
    }
  });
}
