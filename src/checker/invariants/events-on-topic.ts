import type { ServiceEvidence, TopicEvidence } from "../evidence";
import type { Breach, Invariant } from "./invariant";

/** Events = outbox = topic, as sets; on the topic each service's first occurrences are in order per order. */
export const eventsOnTopic: Invariant = {
  name: "events-on-topic",
  promises:
    "What a service has made is what its outbox has is what the topic has, in order per service and order.",
  needs: ["services", "topic"],
  check({ services, evidence }) {
    const topic = evidence.topic!;
    return services.flatMap(([name, service]) => [
      ...outboxAndEvents(name, service, topic.name),
      ...outboxAndTopic(name, service, topic),
    ]);
  },
};

const keyOf = (orderId: string, version: number): string => `${orderId}/${version}`;

function outboxAndEvents(name: string, { events, outbox }: ServiceEvidence, topic: string): Breach[] {
  const breaches: Breach[] = [];
  const rows = new Map(
    outbox.filter((row) => row.topic === topic).map((row) => [keyOf(row.key, row.version), row]),
  );
  for (const list of events.values()) {
    for (const { orderId, version, status, origin, digest } of list) {
      if (origin !== "local") continue;
      const row = rows.get(keyOf(orderId, version));
      rows.delete(keyOf(orderId, version));
      if (row?.digest === digest) continue;
      const found = row ? "other bytes in its outbox" : "nothing in its outbox";
      breaches.push({ about: orderId, where: name, found, expected: `its own v${version} ${status}` });
    }
  }
  for (const { key, version } of rows.values())
    breaches.push({
      about: key,
      where: name,
      found: `v${version} in its outbox`,
      expected: "an event that it has made",
    });
  return breaches;
}

function outboxAndTopic(
  name: string,
  { outbox }: ServiceEvidence,
  { name: topic, records }: TopicEvidence,
): Breach[] {
  const breaches: Breach[] = [];
  const rows = outbox.filter((row) => row.topic === topic);
  const mine = new Map(rows.map((row) => [keyOf(row.key, row.version), row.digest]));
  const seen = new Set<string>();
  const newest = new Map<string, number>();
  for (const { event, digest, partition, offset } of records) {
    if (!event) continue;
    const key = keyOf(event.orderId, event.version);
    if (mine.get(key) !== digest || seen.has(key)) continue;
    seen.add(key);
    const before = newest.get(event.orderId) ?? 0;
    if (event.version < before)
      breaches.push({
        about: event.orderId,
        where: `${topic}, ${partition}/${offset}`,
        found: `v${event.version} of ${name} for the first time after its v${before}`,
        expected: "first occurrences in order",
      });
    newest.set(event.orderId, Math.max(before, event.version));
  }
  for (const { key, version, isPublished, lastError } of rows) {
    if (seen.has(keyOf(key, version)) && isPublished) continue;
    const why = lastError === undefined ? "" : `, the broker said ${lastError}`;
    const found = isPublished ? "marked as published, and not on the topic" : `not marked as published${why}`;
    breaches.push({
      about: key,
      where: `${name}'s outbox, v${version}`,
      found,
      expected: `published to ${topic}`,
    });
  }
  return breaches;
}
