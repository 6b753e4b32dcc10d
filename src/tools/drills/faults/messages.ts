import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { defineConfig } from "../../../platform/config";
import { AppError } from "../../../platform/errors";
import { kafkaConfig, openKafka, startConsumer } from "../../../platform/kafka";
import { createToolHost } from "../../tool-host";
import { dlq } from "../../dlq/dlq";
import { databaseUrl } from "../../order/databases";
import type { Act, Site } from "../types";

const consumers = ["shop", "crm", "mes"];

/** Publishes a message to `order_status` that nobody can decode, under the key of an order that never was. Whoever reads the topic sets it aside. */
export const poisonMessage: Act = async (site, undo) => {
  const orderId = randomUUID();
  undo.add(`drop the dead letters of ${orderId}`, () => dropLetters(site, orderId));
  const { kafka, close } = await connect(site);
  try {
    await kafka.sendBatch([
      {
        topic: "order_status",
        key: orderId,
        value: Buffer.from("a drill's message that is no event"),
        headers: { "content-type": "application/json" },
      },
    ]);
  } finally {
    await close();
  }
};

/** Joins a service's consumer group, is given half of its partitions, and settles none of their messages. */
export function uselessMember(group: string): Act {
  return async (site, undo) => {
    const { host, kafka, close } = await connect(site);
    undo.add(`leave the group ${group}`, close);
    const unsettled = async (): Promise<void> => {
      throw new AppError({ category: "unavailable", reason: "DRILL", message: "A drill settles nothing" });
    };
    const consumer = await host.own(
      startConsumer(host, kafka, { group, topic: "order_status", handle: unsettled }),
    );
    for (let left = 300; consumer.assigned().length === 0 && left > 0; left--) await sleep(100);
    site.say(`the drill has ${consumer.assigned().length} partitions of ${group}`);
  };
}

async function connect({ settings }: Site) {
  const { host, stop } = createToolHost("drill");
  const env = { KAFKA_BROKERS: `127.0.0.1:${settings.ports.kafka}` };
  const { kafka: config } = defineConfig({ kafka: kafkaConfig })(env);
  const kafka = await host.own(openKafka(host, config));
  return { host, kafka, close: () => stop(15_000) };
}

async function dropLetters({ settings, say }: Site, orderId: string): Promise<void> {
  const urls = Object.fromEntries(consumers.map((name) => [name, databaseUrl(settings, name)]));
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  await dlq(["list", "--order", orderId], { urls, print, complain: say });
  const ids = [...lines.join("\n").matchAll(/\b(?:shop|crm|mes):\d+\b/g)].map(([id]) => id);
  if (ids.length === 0) return;
  const code = await dlq(["drop", ...ids, "--reason", "made by a drill"], {
    urls,
    print: () => undefined,
    complain: say,
  });
  if (code !== 0) throw new Error("not every dead letter was dropped");
}
