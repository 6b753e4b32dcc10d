import { randomUUID } from "node:crypto";
import { defineConfig } from "../../../platform/config";
import { kafkaConfig, openKafka } from "../../../platform/kafka";
import { createToolHost } from "../../tool-host";
import { dlq } from "../../dlq/dlq";
import { databaseUrl } from "../../order/databases";
import type { Act, Site } from "../types";

const consumers = ["shop", "crm", "mes"];

/** Publishes a message to `order_status` that nobody can decode, under the key of an order that never was. Whoever reads the topic sets it aside. */
export const poisonMessage: Act = async (site, undo) => {
  const orderId = randomUUID();
  undo.add(`drop the dead letters of ${orderId}`, () => dropLetters(site, orderId));
  const control = createToolHost("drill");
  try {
    const env = { KAFKA_BROKERS: `127.0.0.1:${site.settings.ports.kafka}` };
    const { kafka: config } = defineConfig({ kafka: kafkaConfig })(env);
    const kafka = await control.host.own(openKafka(control.host, config));
    await kafka.sendBatch([
      {
        topic: "order_status",
        key: orderId,
        value: Buffer.from("a drill's message that is no event"),
        headers: { "content-type": "application/json" },
      },
    ]);
  } finally {
    await control.stop(5_000);
  }
};

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
