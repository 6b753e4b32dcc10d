import { randomUUID } from "node:crypto";
import type { EachBatchPayload } from "kafkajs";
import { AppError } from "../errors";
import { toMessage } from "./deliver";
import { internalsOf } from "./kafka";
import type { Kafka, KafkaMessage } from "./types";

/** A place on a topic. */
export type RecordPlace = { partition: number; offset: number };

/** The key of a place in the answer of `readRecords`. */
export const placeKey = ({ partition, offset }: RecordPlace): string => `${partition}/${offset}`;

/**
 * Reads what a topic holds at the given places, under `placeKey`; a place that does not exist is left out. Everything between the lowest and the highest place of a partition is
 * read. Commits no offsets and leaves no group behind. Errors: AppError unavailable when it takes longer than `timeoutMs` (default 30 s).
 */
export async function readRecords(
  kafka: Kafka,
  topic: string,
  places: readonly RecordPlace[],
  { timeoutMs = 30_000 }: { timeoutMs?: number } = {},
): Promise<Map<string, KafkaMessage>> {
  const { patientClient, admin } = internalsOf(kafka);
  const found = new Map<string, KafkaMessage>();
  const ends = await admin.use((each) => each.fetchTopicOffsets(topic));
  const ranges = rangesOf(places, ends);
  if (ranges.size === 0) return found;
  const wanted = new Set(places.map(placeKey));
  const groupId = `read-${topic}-${randomUUID()}`;
  const consumer = patientClient.consumer({
    groupId,
    maxWaitTimeInMs: 200,
    allowAutoTopicCreation: false,
  });
  const left = new Set(ranges.keys());
  let done: () => void = () => undefined;
  let failed: (error: unknown) => void = () => undefined;
  const all = new Promise<void>((resolve, reject) => {
    done = resolve;
    failed = reject;
  });
  all.catch(() => undefined);
  const timer = setTimeout(() => failed(tooSlow(topic, timeoutMs)), timeoutMs);
  try {
    consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: false });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 4,
      eachBatch: async ({ batch, heartbeat }: EachBatchPayload) => {
        for (const raw of batch.messages) {
          const place = placeKey({ partition: batch.partition, offset: Number(raw.offset) });
          if (wanted.has(place)) found.set(place, toMessage(topic, batch.partition, raw));
        }
        const range = ranges.get(batch.partition);
        if (range && complete(range, found, batch.partition, wanted)) left.delete(batch.partition);
        if (left.size === 0) done();
        await heartbeat();
      },
    });
    const idle = ends.map(({ partition }) => partition).filter((partition) => !ranges.has(partition));
    if (idle.length > 0) consumer.pause([{ topic, partitions: idle }]);
    for (const [partition, { from }] of ranges) consumer.seek({ topic, partition, offset: String(from) });
    await all;
    return found;
  } finally {
    clearTimeout(timer);
    await consumer.disconnect().catch(() => undefined);
    await admin.use((each) => each.deleteGroups([groupId])).catch(() => undefined);
  }
}

type Range = { from: number; to: number };

/** The parts of partitions to be read; places before the first or after the last record are none. */
function rangesOf(
  places: readonly RecordPlace[],
  ends: readonly { partition: number; low: string; high: string }[],
): Map<number, Range> {
  const ranges = new Map<number, Range>();
  for (const { partition, offset } of places) {
    const end = ends.find((each) => each.partition === partition);
    if (!end || offset < Number(end.low) || offset >= Number(end.high)) continue;
    const range = ranges.get(partition) ?? { from: offset, to: offset };
    ranges.set(partition, { from: Math.min(range.from, offset), to: Math.max(range.to, offset) });
  }
  return ranges;
}

function complete(
  { to }: Range,
  found: ReadonlyMap<string, KafkaMessage>,
  partition: number,
  wanted: ReadonlySet<string>,
): boolean {
  const last = placeKey({ partition, offset: to });
  return wanted.has(last) && found.has(last);
}

function tooSlow(topic: string, timeoutMs: number): AppError {
  return new AppError({
    category: "unavailable",
    reason: "TOPIC_UNREAD",
    message: `Topic ${topic} could not be read within ${timeoutMs} ms.`,
  });
}
