import type { ClusterState } from "../../../platform/kafka";

/** Where a group stands in a partition: the offset of the next record that it will take. */
export type Position = {
  labels: { consumergroup: string; topic: string; partition: string };
  partition: number;
  position: number;
  high: number;
};

/** The positions of all groups in all partitions of the topics that they read. Where a group has committed nothing it starts at the oldest record there is. */
export function positionsOf({ topics, groups }: ClusterState): Position[] {
  return groups.flatMap(({ group, topics: read, commits }) =>
    topics
      .filter(({ topic }) => read.includes(topic))
      .flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, low, high }) => {
          const commit = commits.find((each) => each.topic === topic && each.partition === partition);
          const labels = { consumergroup: group, topic, partition: String(partition) };
          return { labels, partition, position: Math.max(commit?.offset ?? low, low), high };
        }),
      ),
  );
}
