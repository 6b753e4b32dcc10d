import { createHash } from "node:crypto";
import { decodeEvent } from "../../order";
import { type Kafka, type KafkaMessage, readPositions, readRecords } from "../../platform/kafka";
import type { TopicEvidence, TopicRecord } from "./types";

/** Reading a long topic takes its time on a busy machine. */
const timeoutMs = 300_000;

/** Reads all that a topic and its dead letters hold now. Commits nothing and writes nothing. */
export async function readTopic(kafka: Kafka, name: string): Promise<TopicEvidence> {
  const read = async (topic: string): Promise<TopicRecord[]> => {
    const { partitions } = await readPositions(kafka, topic, []);
    const places = partitions.flatMap(({ partition, low, high }) =>
      Array.from({ length: high - low }, (_, at) => ({ partition, offset: low + at })),
    );
    const records = await readRecords(kafka, topic, places, { timeoutMs });
    return [...records.values()]
      .map(toRecord)
      .sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  };
  return { name, records: await read(name), announced: await read(`${name}.dlq`) };
}

function toRecord({ partition, offset, key, value }: KafkaMessage): TopicRecord {
  const digest = createHash("md5").update(value).digest("hex");
  return { partition, offset: Number(offset), key, digest, event: eventOf(key, value) };
}

function eventOf(key: string | undefined, value: Buffer): TopicRecord["event"] {
  try {
    const { orderId, version } = decodeEvent(value);
    return key === orderId ? { orderId, version } : undefined;
  } catch {
    return undefined;
  }
}
