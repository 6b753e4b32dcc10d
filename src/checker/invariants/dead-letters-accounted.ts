import type { ServiceEvidence, TopicEvidence, TopicRecord } from "../evidence";
import type { Breach, Invariant } from "./invariant";
import type { Seen } from "./seen";

/** No message vanishes: what could not be applied lies where people find it, and holds up its order and nothing else. */
export const deadLettersAccounted: Invariant = {
  name: "dead-letters-accounted",
  promises: "Every message that no service has applied lies in each as a dead letter or parked behind one.",
  needs: ["services", "topic"],
  check(seen) {
    const topic = seen.evidence.topic!;
    const foreign = topic.records.filter((record) => isForeign(seen, record));
    return seen.services.flatMap(([name, service]) => [
      ...unaccounted(name, service, foreign, topic.name),
      ...blocks(name, service),
      ...announcements(name, service, topic),
    ]);
  },
};

/** Undecodable, or bytes that are no service's event. */
function isForeign({ services }: Seen, { event, digest }: TopicRecord): boolean {
  if (!event) return true;
  return services.every(
    ([, { events }]) => events.get(event.orderId)?.[event.version - 1]?.digest !== digest,
  );
}

function unaccounted(
  name: string,
  { letters, parked }: ServiceEvidence,
  foreign: readonly TopicRecord[],
  topic: string,
): Breach[] {
  const places = new Set([...letters, ...parked].map(({ partition, offset }) => `${partition}/${offset}`));
  return foreign.flatMap(({ partition, offset, key, event }) => {
    if (places.has(`${partition}/${offset}`)) return [];
    const what = event
      ? `bytes of v${event.version} that nobody has stored`
      : "a message that nobody can read";
    return [
      {
        about: key ?? "a message without a key",
        where: `${name}, ${topic} ${partition}/${offset}`,
        found: "no dead letter and nothing parked",
        expected: `a dead letter of ${what}`,
      },
    ];
  });
}

function blocks(name: string, { letters, blocked, parked, events }: ServiceEvidence): Breach[] {
  const open = new Set(letters.flatMap(({ isOpen, key }) => (isOpen && key !== undefined ? [key] : [])));
  const held = new Set(blocked);
  const breach = (about: string, found: string, expected: string): Breach => ({
    about,
    where: name,
    found,
    expected,
  });
  return [
    ...[...open].flatMap((key) =>
      held.has(key) ? [] : [breach(key, "an open dead letter", "a block on its order")],
    ),
    ...blocked.flatMap((key) =>
      open.has(key) ? [] : [breach(key, "a block", "an open dead letter behind it")],
    ),
    ...parked.flatMap(({ key, version }) =>
      held.has(key)
        ? []
        : [
            breach(
              key,
              `v${version} parked, v${events.get(key)?.length ?? 0} applied, and no block`,
              "nothing parked",
            ),
          ],
    ),
  ];
}

function announcements(
  name: string,
  { letters, outbox }: ServiceEvidence,
  { name: topic, announced }: TopicEvidence,
): Breach[] {
  const rows = new Map(outbox.filter((row) => row.topic === `${topic}.dlq`).map((row) => [row.version, row]));
  const told = new Set(announced.map(({ key, digest }) => `${key}/${digest}`));
  return letters.flatMap(({ id, key = `letter ${id}` }) => {
    const row = rows.get(id);
    if (row && told.has(`${row.key}/${row.digest}`)) return [];
    const found = row ? "not on the topic of dead letters" : "not in the outbox";
    return [
      { about: key, where: `${name}, dead letter ${id}`, found, expected: `announced on ${topic}.dlq` },
    ];
  });
}
