import { offsetsAt, type Kafka, type TopicEnds } from "../../../platform/kafka";
import type { Metrics } from "../../../platform/telemetry";
import type { Collector } from "../collectors";
import { createTable } from "../table";
import type { ClusterView } from "./collect-kafka";
import { EndHistory } from "./end-history";
import { kafkaAgeMetrics } from "./metrics";
import { positionsOf } from "./positions";

/** How far back the topic is asked at the start, in milliseconds, oldest first: each age twice the next, from a month to five seconds. */
const ages = Array.from({ length: 20 }, (_, n) => 5_000 * 2 ** (19 - n));

/** How old the oldest record is that a group has not committed: a consumer that stands still is seen whatever the traffic. */
export function kafkaAgeCollector(metrics: Metrics, kafka: Kafka, view: ClusterView): Collector {
  const lagSeconds = createTable(metrics.gauge(kafkaAgeMetrics.lagSeconds));
  const histories = new Map<string, EndHistory>();
  const historyOf = (topic: string, partition: number): EndHistory => {
    const key = `${topic}/${partition}`;
    const history = histories.get(key) ?? new EndHistory();
    histories.set(key, history);
    return history;
  };

  /** What was written before this process began to look, by the records' timestamps. */
  async function learn(topic: string, now: number): Promise<void> {
    for (const age of ages)
      for (const [partition, offset] of await offsetsAt(kafka, topic, now - age))
        historyOf(topic, partition).note(offset, now - age);
  }

  return {
    name: "kafka_age",
    async look() {
      const { state, at } = await view();
      const read = new Set(state.groups.flatMap(({ topics }) => topics));
      for (const { topic, partitions } of state.topics.filter((each: TopicEnds) => read.has(each.topic))) {
        if (partitions.some(({ partition }) => historyOf(topic, partition).empty)) await learn(topic, at);
        for (const { partition, high } of partitions) historyOf(topic, partition).note(high, at);
      }
      lagSeconds.replace(
        positionsOf(state).map(({ labels, partition, position, high }) => {
          const since = position < high ? historyOf(labels.topic, partition).writtenAt(position) : undefined;
          return [labels, since === undefined ? 0 : Math.max(0, (at - since) / 1_000)];
        }),
      );
    },
    forget: () => lagSeconds.replace([]),
  };
}
