import { readCluster, type ClusterState, type Kafka } from "../../../platform/kafka";
import type { Metrics } from "../../../platform/telemetry";
import type { Collector } from "../collectors";
import { createTable } from "../table";
import { positionsOf } from "./positions";
import { kafkaMetrics as specs } from "./metrics";

/** The cluster as it was at `at`, for those collectors that tell something of it: asked once for all of them. */
export type ClusterView = () => Promise<{ state: ClusterState; at: number }>;

/** One question serves who asks within a second. */
export function createClusterView(kafka: Kafka): ClusterView {
  let latest: { view: ReturnType<ClusterView>; until: number } | undefined;
  return () => {
    const now = Date.now();
    if (latest && now < latest.until) return latest.view;
    const view = readCluster(kafka).then((state) => ({ state, at: now }));
    latest = { view, until: now + 1_000 };
    return view;
  };
}

/** What kafka_exporter tells of a cluster. */
export function kafkaCollector(metrics: Metrics, view: ClusterView): Collector {
  const brokers = metrics.gauge(specs.brokers).child({});
  const partitions = createTable(metrics.gauge(specs.partitions));
  const currentOffset = createTable(metrics.gauge(specs.currentOffset));
  const oldestOffset = createTable(metrics.gauge(specs.oldestOffset));
  const groupOffset = createTable(metrics.gauge(specs.groupOffset));
  const lag = createTable(metrics.gauge(specs.lag));
  const members = createTable(metrics.gauge(specs.members));

  return {
    name: "kafka",
    async look() {
      const { state } = await view();
      partitions.replace(state.topics.map(({ topic, partitions: all }) => [{ topic }, all.length]));
      const ends = state.topics.flatMap(({ topic, partitions: all }) =>
        all.map(({ partition, low, high }) => ({
          labels: { topic, partition: String(partition) },
          low,
          high,
        })),
      );
      currentOffset.replace(ends.map(({ labels, high }) => [labels, high]));
      oldestOffset.replace(ends.map(({ labels, low }) => [labels, low]));
      const positions = positionsOf(state);
      groupOffset.replace(positions.map(({ labels, position }) => [labels, position]));
      lag.replace(positions.map(({ labels, position, high }) => [labels, Math.max(0, high - position)]));
      members.replace(state.groups.map(({ group, members: count }) => [{ consumergroup: group }, count]));
      brokers.set(state.brokers);
    },
    forget() {
      brokers.set(0);
      for (const table of [partitions, currentOffset, oldestOffset, groupOffset, lag, members])
        table.replace([]);
    },
  };
}
