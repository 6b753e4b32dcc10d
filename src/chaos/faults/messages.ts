import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { defineConfig } from "../../platform/config";
import {
  type Kafka,
  kafkaConfig,
  type KafkaMessage,
  openKafka,
  readPositions,
  readRecords,
} from "../../platform/kafka";
import type { Settings } from "../../stack/settings";
import { dlq } from "../../tools/dlq/dlq";
import { databaseUrl } from "../../tools/order/databases";
import { createToolHost } from "../../tools/tool-host";
import type { Act, Site } from "./types";

const topic = "order_status";
const consumers = ["shop", "crm", "mes"];
/** Says in a record's headers that it is none of a service's. */
const mark = "chaos";

/** As long as services may take to set a message aside, in milliseconds. */
const patienceMs = 45_000;

/** The broker may be away itself just now: then it is tried again. */
async function withKafka<T>(settings: Settings, use: (kafka: Kafka) => Promise<T>): Promise<T> {
  for (let left = 20; ; left--) {
    try {
      return await onceWithKafka(settings, use);
    } catch (error) {
      if (left === 0) throw error;
      await sleep(1_000);
    }
  }
}

async function onceWithKafka<T>(settings: Settings, use: (kafka: Kafka) => Promise<T>): Promise<T> {
  const { host, stop } = createToolHost("chaos-messages");
  const env = { KAFKA_BROKERS: `127.0.0.1:${settings.ports.kafka}` };
  const { kafka: config } = defineConfig({ kafka: kafkaConfig })(env);
  try {
    return await use(await host.own(openKafka(host, config)));
  } finally {
    await stop(15_000);
  }
}

async function recordsFrom(kafka: Kafka, from: ReadonlyMap<number, number>): Promise<KafkaMessage[]> {
  const { partitions } = await readPositions(kafka, topic, []);
  const places = partitions.flatMap(({ partition, low, high }) => {
    const first = Math.max(low, from.get(partition) ?? low);
    return Array.from({ length: high - first }, (_, n) => ({ partition, offset: first + n }));
  });
  const found = await readRecords(kafka, topic, places, { timeoutMs: 60_000 });
  return [...found.values()].sort((a, b) => a.partition - b.partition || Number(a.offset) - Number(b.offset));
}

/**
 * Delivers every message again that services have published since the last time, with the same bytes and in the same order: what a consumer sees whose offsets were set back. Messages that
 * services publish meanwhile come in between.
 */
export function deliverAgain(): Act {
  const done = new Map<number, number>();
  return async ({ settings, say }) => {
    await withKafka(settings, async (kafka) => {
      const records = await recordsFrom(kafka, done);
      for (const { partition, offset } of records) done.set(partition, Number(offset) + 1);
      const again = records.filter(({ headers, key }) => !(mark in headers) && key !== undefined);
      for (let at = 0; at < again.length; at += 500)
        await kafka.sendBatch(
          again.slice(at, at + 500).map(({ key, value, headers }) => ({
            topic,
            key: key!,
            value,
            headers: { ...headers, [mark]: "again" },
          })),
        );
      say(`delivered ${again.length} messages again`);
    });
  };
}

/**
 * A message that no service can ever apply: under the key of an order that never was, of an order that is on its way, with other bytes for a version that is known, or without a key. When
 * everything runs again it is sent again by the tool for dead letters, which must not help, and then dropped, which must let through what was parked behind it.
 */
export function createPoison(): Act {
  let sent = 0;
  return async (site, { target, dose }) => {
    await withKafka(site.settings, async (kafka) => {
      const message = await poisonOf(site, kafka, target, dose);
      const [place] = await kafka.sendBatch([message]);
      sent += 1;
      site.say(`${target}: ${message.key ?? "no key"} at ${place!.partition}/${place!.offset}`);
    });
    site.afterwards.add("clear the dead letters away", async () => {
      if (sent > 0) await clearAway(site, sent * consumers.length);
      sent = 0;
    });
  };
}

async function poisonOf({ recent }: Site, kafka: Kafka, target: string, dose: number) {
  const headers = { "content-type": "application/json", [mark]: "poison" };
  const value = Buffer.from("chaos: no event");
  if (target === "no key") return { topic, value, headers };
  const live = recent.pick(dose)?.orderId;
  if (target === "stranger" || live === undefined) return { topic, key: randomUUID(), value, headers };
  const first = target === "fork" ? await firstEventOf(kafka, live) : undefined;
  if (!first) return { topic, key: live, value, headers };
  // The same version with other bytes.
  return { topic, key: live, value: Buffer.concat([first, Buffer.from(" ")]), headers };
}

/** The bytes of an order's first version, if it is on the topic already. */
async function firstEventOf(kafka: Kafka, orderId: string): Promise<Buffer | undefined> {
  const records = await recordsFrom(kafka, new Map());
  return records.find(({ key, headers }) => key === orderId && !(mark in headers))?.value;
}

/** Sends all open dead letters again, and then drops what is still open. */
async function clearAway(site: Site, expected: number): Promise<void> {
  const urls = Object.fromEntries(consumers.map((name) => [name, databaseUrl(site.settings, name)]));
  const run = async (...argv: string[]): Promise<string> => {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    await dlq(argv, { urls, print });
    return lines.join("\n");
  };
  const open = async (): Promise<string[]> => [
    ...new Set([...(await run("list")).matchAll(/\b(?:shop|crm|mes):\d+\b/g)].map(([id]) => id)),
  ];
  // Each service has to have met the message, or it would be met after this.
  for (const until = Date.now() + patienceMs; (await open()).length < expected && Date.now() < until;)
    await sleep(500);
  const said = await run("redeliver", "--all", "--wait", "30", "--by", "chaos");
  const left = await open();
  site.say(
    `${said.split("\n").filter((line) => line !== "").length} dead letters sent again, ${left.length} still open`,
  );
  if (left.length > 0)
    await run("drop", ...left, "--reason", "made by chaos", "--wait", "30", "--by", "chaos");
  const after = await open();
  if (after.length > 0) throw new Error(`dead letters that cannot be dropped: ${after.join(", ")}`);
}
