import { startConsumer, type Kafka, type KafkaMessage } from "../../platform/kafka";
import type { ServiceHost } from "../../platform/lifecycle";

/** Reads all that a topic holds now, in the order of each partition. What is sent meanwhile is left out. */
export async function readTopic(
  host: ServiceHost,
  kafka: Kafka,
  topic: string,
  partitions: number,
): Promise<KafkaMessage[]> {
  const ends = await markEnds(kafka, topic, partitions);
  const messages: KafkaMessage[] = [];
  const open = new Set(ends.keys());
  let done = (): void => undefined;
  const read = new Promise<void>((resolve) => (done = resolve));
  const consumer = await startConsumer(host, kafka, {
    group: `read_${topic}_${Date.now()}`,
    topic,
    concurrency: partitions,
    handle: async (message) => {
      if (message.headers["end"] === undefined) messages.push(message);
      if (BigInt(message.offset) >= (ends.get(message.partition) ?? 0n)) open.delete(message.partition);
      if (open.size === 0) done();
    },
  });
  await read;
  await consumer.close();
  return messages;
}

/** One message to each partition says where it ends. */
async function markEnds(kafka: Kafka, topic: string, partitions: number): Promise<Map<number, bigint>> {
  const ends = new Map<number, bigint>();
  while (ends.size < partitions) {
    const { partition, offset } = await kafka.send({
      topic,
      value: Buffer.alloc(0),
      headers: { end: "true" },
    });
    ends.set(partition, BigInt(offset));
  }
  return ends;
}
