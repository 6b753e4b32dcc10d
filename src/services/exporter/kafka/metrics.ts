import { defineMetric } from "../../../platform/telemetry";

const byPartition = ["topic", "partition"] as const;
const byGroup = ["consumergroup", "topic", "partition"] as const;

export const kafkaMetrics = {
  brokers: defineMetric({
    name: "kafka_brokers",
    kind: "gauge",
    help: "Brokers that the cluster knows; 0 when none answers.",
  }),
  partitions: defineMetric({
    name: "kafka_topic_partitions",
    kind: "gauge",
    help: "Partitions of a topic.",
    labels: ["topic"],
    maxSeries: 200,
  }),
  currentOffset: defineMetric({
    name: "kafka_topic_partition_current_offset",
    kind: "gauge",
    help: "The offset that the next message of a partition gets: its rate is what is published.",
    labels: byPartition,
  }),
  oldestOffset: defineMetric({
    name: "kafka_topic_partition_oldest_offset",
    kind: "gauge",
    help: "The offset of the oldest message that a partition still has.",
    labels: byPartition,
  }),
  groupOffset: defineMetric({
    name: "kafka_consumergroup_current_offset",
    kind: "gauge",
    help: "The offset that a group has committed: its rate is what is consumed.",
    labels: byGroup,
  }),
  lag: defineMetric({
    name: "kafka_consumergroup_lag",
    kind: "gauge",
    help: "Messages of a partition that the group has not committed yet, whether or not a consumer runs.",
    labels: byGroup,
  }),
  members: defineMetric({
    name: "kafka_consumergroup_members",
    kind: "gauge",
    help: "Consumers of a group that the broker counts as alive.",
    labels: ["consumergroup"],
    maxSeries: 200,
  }),
};

/** Of our own: kafka_exporter has no ages. */
export const kafkaAgeMetrics = {
  lagSeconds: defineMetric({
    name: "kafka_consumergroup_lag_seconds",
    kind: "gauge",
    unit: "seconds",
    help: "Age of the oldest message of a partition that the group has not committed yet; 0 without one.",
    labels: byGroup,
  }),
};
