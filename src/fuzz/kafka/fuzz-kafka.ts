import { setTimeout as sleep } from "node:timers/promises";
import { decodeEvent, orderStatusTopic } from "../../order";
import { defineConfig } from "../../platform/config";
import {
  type Kafka,
  kafkaConfig,
  type KafkaMessage,
  openKafka,
  type Placement,
  placeKey,
  readCluster,
  readRecords,
} from "../../platform/kafka";
import { readDatabase } from "../../tools/order/databases";
import { createToolHost } from "../../tools/tool-host";
import { type Finding, keepFinding } from "../finding";
import { type Budget, count, emptyReport, type PartReport } from "../part";
import { watchSurvival } from "../survival";
import type { Target } from "../target";
import { type FuzzedMessage, makeMessage } from "./make-message";

/** The services that read the topic; a service's group and database are named as it is. */
const groups = ["shop", "crm", "mes"] as const;
const batch = 200;
const victims = 4;
/** How long a group may take to come to the end of what was sent. */
const patienceMs = 300_000;

type Sent = FuzzedMessage & { n: number; place: Placement };
type Letter = { kafka_partition: number; kafka_offset: string; reason: string; error: string };

/** Mutated events: each has to be applied, ignored or set aside by every service, with a reason, and nobody else's order may wait for it. */
export async function fuzzKafka(budget: Budget, target: Target): Promise<Record<string, PartReport>> {
  const { seed, cases = Infinity, until, keepIn, say } = budget;
  const report = emptyReport();
  const survived = await watchSurvival(target, "kafka", seed);
  const control = createToolHost("fuzz-kafka");
  const { kafka: config } = defineConfig({ kafka: kafkaConfig })({
    KAFKA_BROKERS: `127.0.0.1:${target.settings.ports.kafka}`,
  });
  const kafka = await control.host.own(openKafka(control.host, config));
  try {
    const events = await eventsOf(kafka, await victimIds(target));
    while (
      report.cases < cases &&
      (cases !== Infinity || Date.now() < until) &&
      report.findings.length < 20
    ) {
      const sent = await send(kafka, events, {
        seed,
        from: report.cases,
        to: Math.min(report.cases + batch, cases),
      });
      report.cases += sent.length;
      report.findings.push(...(await readToTheEnd(kafka, seed)));
      report.findings.push(...(await lettersOf(target, sent, report, { seed, keepIn })));
      say(`kafka: ${report.cases} messages, ${report.findings.length} findings`);
    }
    report.findings.push(...(await blockedOthers(target, seed)));
  } finally {
    await control.stop(5_000);
  }
  const { findings, peakMb } = await survived();
  report.findings.push(...findings);
  report.peak_mb = peakMb;
  return { kafka: report };
}

/** Orders of their own, so that no other part finds its orders spoilt. */
async function victimIds(target: Target): Promise<Set<string>> {
  const ids = await Promise.all(Array.from({ length: victims }, () => target.serve()));
  return new Set(ids);
}

async function eventsOf(kafka: Kafka, orderIds: ReadonlySet<string>): Promise<KafkaMessage[]> {
  const { topics } = await readCluster(kafka);
  const ends = topics.find(({ topic }) => topic === orderStatusTopic)?.partitions ?? [];
  const places = ends.flatMap(({ partition, low, high }) =>
    Array.from({ length: high - low }, (_, n) => ({ partition, offset: low + n })),
  );
  const records = [...(await readRecords(kafka, orderStatusTopic, places)).values()];
  const events = records.filter(({ key }) => key !== undefined && orderIds.has(key));
  if (events.length === 0) throw new Error("The topic has no events of the orders that were just made.");
  return events;
}

async function send(
  kafka: Kafka,
  events: readonly KafkaMessage[],
  { seed, from, to }: { seed: number; from: number; to: number },
): Promise<Sent[]> {
  const made = Array.from({ length: to - from }, (_, at) => ({
    n: from + at,
    ...makeMessage(events, seed, from + at),
  }));
  const places = await kafka.sendBatch(
    made.map(({ key, value }) => ({ topic: orderStatusTopic, ...(key !== undefined && { key }), value })),
  );
  return made.map((message, at) => ({ ...message, place: places[at]! }));
}

async function readToTheEnd(kafka: Kafka, seed: number): Promise<Finding[]> {
  const endsBy = Date.now() + patienceMs;
  for (;;) {
    const { topics, groups: states } = await readCluster(kafka);
    const ends = topics.find(({ topic }) => topic === orderStatusTopic)?.partitions ?? [];
    const behind = groups.flatMap((group) =>
      ends.flatMap(({ partition, high }) => {
        const commits = states.find((state) => state.group === group)?.commits ?? [];
        const at =
          commits.find((commit) => commit.topic === orderStatusTopic && commit.partition === partition)
            ?.offset ?? 0;
        return at < high ? [`${group} stands at ${at} of ${high} in partition ${partition}`] : [];
      }),
    );
    if (behind.length === 0) return [];
    if (Date.now() > endsBy) return behind.map((what) => ({ part: "kafka", seed, n: -1, what }));
    await sleep(250);
  }
}

/** What cannot be read must be a dead letter of every group; and no letter may say that the service did not know what happened. */
async function lettersOf(
  target: Target,
  sent: readonly Sent[],
  report: PartReport,
  { seed, keepIn }: { seed: number; keepIn: string },
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const group of groups) {
    const text =
      "SELECT kafka_partition, kafka_offset, reason, error FROM dead_letter WHERE consumer_group = $1 AND kafka_offset IS NOT NULL";
    const found = await readDatabase(target.settings, group, { letters: { text, values: [group] } });
    if (typeof found === "string") throw new Error(`The letters of ${group} cannot be read: ${found}`);
    const letters = new Map(
      (found["letters"] as Letter[]).map((each) => [
        placeKey({ partition: each.kafka_partition, offset: Number(each.kafka_offset) }),
        each,
      ]),
    );
    for (const { n, key, value, place } of sent) {
      const letter = letters.get(placeKey({ partition: place.partition, offset: Number(place.offset) }));
      count(report.told, letter?.reason ?? "taken or ignored");
      const find = (what: string): void =>
        void findings.push(
          keepFinding(
            keepIn,
            { part: `kafka/${group}`, seed, n, what: `${what}; key ${JSON.stringify(key)}` },
            value,
            "json",
          ),
        );
      if (letter?.reason === "UNEXPECTED") find(`is set aside as UNEXPECTED: ${letter.error.slice(0, 300)}`);
      if (letter === undefined && !isReadable(key, value)) find("cannot be read, and is no dead letter");
    }
  }
  return findings;
}

function isReadable(key: string | undefined, value: Buffer): boolean {
  try {
    return decodeEvent(value).orderId === key;
  } catch {
    return false;
  }
}

/** Orders that others made meanwhile. */
async function blockedOthers(target: Target, seed: number): Promise<Finding[]> {
  const others = target.orderIds;
  const findings: Finding[] = [];
  for (const group of groups) {
    const query = { text: "SELECT key FROM blocked_key WHERE key = ANY ($1)", values: [others] };
    const found = await readDatabase(target.settings, group, {
      keys: query as { text: string; values: unknown[] },
    });
    for (const { key } of typeof found === "string" ? [] : found["keys"]!)
      findings.push({
        part: "kafka",
        seed,
        n: -1,
        what: `${group} holds up order ${String(key)}, of which nothing wrong was sent`,
      });
  }
  return findings;
}
