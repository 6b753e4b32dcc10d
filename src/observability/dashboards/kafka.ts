import { highest, orNone, orZero, quantile, rate, total } from "./expressions";
import { inbox, outbox } from "./outbox";
import { dashboard, latency, lines, number, row, tail } from "./panels";

const lag = "max by (consumergroup, topic, partition) (kafka_consumergroup_lag)";

export const kafka = dashboard(
  "kafka",
  "Kafka and outbox",
  "Does every event reach everybody who must know? Outboxes, the broker, consumers, parked messages and dead letters.",
  [
    row("Now", [
      number("Brokers", "short", "Brokers that the cluster knows.", "max(kafka_brokers)"),
      number(
        "In outboxes",
        "short",
        "Events that wait to be published.",
        "sum(database:outbox_pending:max)",
        { bounds: [1_000] },
      ),
      number(
        "Oldest unsent",
        "s",
        "Age of the oldest event that waits to be published.",
        highest("outbox_oldest_unpublished_seconds"),
        { bounds: [5, 30] },
      ),
      number("Lag", "short", "Messages that groups have not committed yet.", `sum(${lag})`, {
        bounds: [1_000],
      }),
      number(
        "Dead letters open",
        "short",
        "Nobody has resolved them yet.",
        "sum(max by (group) (dead_letters_open))",
        { bounds: [1] },
      ),
      number(
        "Orders blocked",
        "short",
        "Orders that a dead letter blocks.",
        "sum(max by (group) (inbox_blocked))",
        { bounds: [1] },
      ),
    ]),
    outbox,
    row("Broker", [
      lines(
        "Published against consumed",
        "ops",
        "The broker's count: what all partitions got, and what each group committed.",
        {
          published:
            'sum(rate(kafka_topic_partition_current_offset{topic="order_status"}[$__rate_interval]))',
          "consumed by {{consumergroup}}": rate(
            "kafka_consumergroup_current_offset",
            ["consumergroup"],
            'topic="order_status"',
          ),
        },
      ),
      lines("Messages in all", "short", "By topic, since its beginning.", {
        "{{topic}}": "sum by (topic) (max by (topic, partition) (kafka_topic_partition_current_offset))",
      }),
      tail("Publishing a batch, 99 of 100", "99 of 100 requests were faster, by outcome.", {
        "{{outcome}}": quantile(0.99, "kafka_publish_duration_seconds", ["outcome"]),
      }),
      lines("Failures to publish", "ops", "Messages by reason, and producers given up.", {
        "{{reason}}": orNone("reason", rate("kafka_publish_errors_total", ["reason"])),
        "producers given up": orZero(rate("kafka_producer_replacements_total")),
      }),
      lines(
        "In flight",
        "short",
        "Messages that wait for the broker's acknowledgement, and that are being handled.",
        {
          "publishing in {{service}}": total("kafka_publish_in_flight", ["service"]),
          "handled by {{group}}": total("kafka_consume_in_flight", ["group"]),
        },
      ),
      lines(
        "Connections, partitions and consumers",
        "short",
        "Processes with a connection to the broker, partitions by topic, consumers by group.",
        {
          connected: total("kafka_client_connected"),
          "partitions of {{topic}}": highest("kafka_topic_partitions", ["topic"]),
          "consumers of {{consumergroup}}": highest("kafka_consumergroup_members", ["consumergroup"]),
        },
      ),
    ]),
    row("Consumers", [
      lines("Lag in messages", "short", "Not committed yet, by group.", {
        "{{consumergroup}}": `sum by (consumergroup) (${lag})`,
      }),
      lines(
        "Lag in seconds",
        "s",
        "Age of the oldest message that a group has not committed.",
        { "{{consumergroup}}": highest("kafka_consumergroup_lag_seconds", ["consumergroup"]) },
        { bounds: [5] },
      ),
      latency(
        "Age of an event when applied",
        "From its publication to its being in the reader's database.",
        (q) => quantile(q, "kafka_consume_delay_seconds"),
      ),
      lines(
        "Deliveries by outcome",
        "ops",
        "All but ok are delivered again: transient is something that is down.",
        {
          "{{group}} {{outcome}}": rate("kafka_consumed_total", ["group", "outcome"]),
        },
      ),
      tail("Handling of a message, 99 of 100", "99 of 100 were faster.", {
        "{{group}}": quantile(0.99, "kafka_consume_duration_seconds", ["group"]),
      }),
      lines(
        "Paused and restarted",
        "short",
        "Partitions that wait before a failed message is delivered again, and consumers made anew in the range shown.",
        {
          "paused in {{group}}": total("kafka_consumer_paused_partitions", ["group"]),
          "restarts of {{group}}: {{reason}}": orNone(
            "reason",
            "sum by (group, reason) (increase(kafka_consumer_restarts_total[$__range]))",
          ),
        },
      ),
    ]),
    inbox,
  ],
);
