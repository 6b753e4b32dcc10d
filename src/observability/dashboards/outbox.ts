import { highest, orNone, quantile, rate, total } from "./expressions";
import { lines, row, tail } from "./panels";

/** From a service's database to the broker. */
export const outbox = row("Outbox", [
  lines("Events in outboxes", "short", "Rows that wait to be published, by the database's service.", {
    "{{service}}": "database:outbox_pending:max",
  }),
  lines(
    "Oldest unsent event",
    "s",
    "Age of the oldest row that waits.",
    { "{{service}}": "database:outbox_oldest_unpublished_seconds:max" },
    { bounds: [5] },
  ),
  tail("From insertion to the broker, 99 of 100", "99 of 100 events were acknowledged sooner.", {
    "{{service}}": quantile(0.99, "outbox_publish_delay_seconds", ["service"]),
  }),
  lines("Published by relays", "ops", "Rows published and marked, by process.", {
    "{{service}} {{topic}}": rate("outbox_published_total", ["service", "topic"]),
  }),
  lines("Shards held", "short", "8 for all processes of a database together.", {
    "{{service}} {{instance}}": total("outbox_shards_held", ["service", "instance"]),
  }),
  lines(
    "Refused and fenced",
    "short",
    "Rows that the broker has refused and that hold up their order, and rows that another process marked first, each second.",
    {
      "refused in {{service}}": "database:outbox_refused:max",
      "fenced in {{service}}": rate("outbox_fenced_total", ["service"]),
    },
  ),
]);

/** From the broker to a service's database, and what cannot be applied. */
export const inbox = row("Inbox and dead letters", [
  lines("Messages settled", "ops", "By outcome: applied, duplicate, gap, parked behind a block, poison.", {
    "{{group}} {{outcome}}": rate("inbox_applied_total", ["group", "outcome"]),
  }),
  lines(
    "Applied without error",
    "percentunit",
    "Share of settled messages that are no poison.",
    {
      "{{group}}": `${rate("inbox_applied_total", ["group"], 'outcome!="poison"')} / ${rate("inbox_applied_total", ["group"])}`,
    },
    { max: 1 },
  ),
  lines(
    "Parked and blocked",
    "short",
    "Messages that wait for an earlier version or behind a block, and orders that a dead letter blocks.",
    {
      "parked in {{group}}": highest("inbox_parked", ["group"]),
      "blocked in {{group}}": highest("inbox_blocked", ["group"]),
    },
  ),
  lines("Requests for missing versions", "ops", "To the holder of the order, by outcome.", {
    "{{group}} {{outcome}}": orNone("outcome", rate("inbox_fetches_total", ["group", "outcome"])),
  }),
  lines("Dead letters", "short", "Open now, by group, and set aside in the range shown, by reason.", {
    "open in {{group}}": highest("dead_letters_open", ["group"]),
    "set aside in {{group}}: {{reason}}": orNone(
      "reason",
      "sum by (group, reason) (increase(dead_letters_total[$__range]))",
    ),
  }),
  lines("Resolved dead letters", "short", "In the range shown: sent again, healed by themselves, dropped.", {
    "{{group}} {{resolution}}": orNone(
      "resolution",
      "sum by (group, resolution) (increase(dead_letters_resolved_total[$__range]))",
    ),
  }),
]);
