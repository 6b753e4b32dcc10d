import { setTimeout as sleep } from "node:timers/promises";
import type { Kafka } from "../kafka";
import {
  deadLetterRequestMigration,
  inboxMigration,
  outboxMigration,
  outboxRelayMigration,
  PoisonError,
  startVersionedConsumer,
  UndecodableError,
  type ApplyOutcome,
  type StoredMessage,
  type VersionedConsumer,
  type VersionedConsumerOptions,
  type VersionedMessage,
} from "../outbox";
import type { Database, Transaction } from "../postgres";
import { testDatabase, type TestDatabase } from "./database";
import { createTestHost, type TestHost } from "./host";
import { testKafka, type TestKafka } from "./kafka";

type Letter = {
  id: number;
  key: string | null;
  version: number | null;
  reason: string;
  resolution: string | null;
};

const tables = `
  CREATE TABLE item (key text PRIMARY KEY, version bigint NOT NULL);
  CREATE TABLE history (key text, version bigint, body text NOT NULL, PRIMARY KEY (key, version));`;

/** A database with outbox, inbox and the smallest thing that has versions: an item and its history. */
export function testItemsDatabase(): Promise<TestDatabase> {
  return testDatabase([
    outboxMigration(),
    outboxRelayMigration(),
    inboxMigration(),
    deadLetterRequestMigration(),
    { name: "item", sql: tables },
  ]);
}

/** One test's group that applies items; a message's body is `key@version`, `illegal` in it is an illegal move. */
export class TestItems {
  readonly host: TestHost;
  readonly db: Database;
  readonly kafka: Kafka;
  readonly broker: TestKafka;
  /** What the peer has kept: `fetchMissing` answers with it. */
  readonly holder = new Map<string, StoredMessage[]>();

  private constructor(host: TestHost, db: Database, kafka: Kafka, broker: TestKafka) {
    this.host = host;
    this.db = db;
    this.kafka = kafka;
    this.broker = broker;
  }

  static async open(test: TestDatabase): Promise<TestItems> {
    const broker = await testKafka({ partitions: 2 });
    const host = createTestHost("items");
    host.clear();
    const db = await test.open(host);
    await db.execute(
      "TRUNCATE item, history, outbox, dead_letter, dead_letter_request, blocked_key, parked_message",
    );
    return new TestItems(host, db, await broker.open(host), broker);
  }

  options(change: Partial<VersionedConsumerOptions> = {}): VersionedConsumerOptions {
    return {
      db: this.db,
      kafka: this.kafka,
      topic: this.broker.topic,
      group: this.broker.group,
      decode: decodeItem,
      apply: applyItem,
      retryParkedMs: 200,
      fetchMissing: async (key) => {
        const version = (await this.version(key)) ?? 0;
        return (this.holder.get(key) ?? []).filter((each) => each.version > version);
      },
      ...change,
    };
  }

  start(change: Partial<VersionedConsumerOptions> = {}): Promise<VersionedConsumer> {
    return this.host.own(startVersionedConsumer(this.host, this.options(change)));
  }

  send(...bodies: string[]) {
    const { topic } = this.broker;
    return this.kafka.sendBatch(
      bodies.map((body) => ({ topic, key: body.split("@")[0]!, value: Buffer.from(body) })),
    );
  }

  async version(key: string): Promise<number | undefined> {
    return (await this.db.maybeOne<{ version: number }>("SELECT version FROM item WHERE key = $1", [key]))
      ?.version;
  }

  level(key: string, version: number): Promise<void> {
    return until(async () => (await this.version(key)) === version);
  }

  async history(key: string): Promise<string[]> {
    const rows = await this.db.query<{ body: string }>(
      "SELECT body FROM history WHERE key = $1 ORDER BY version",
      [key],
    );
    return rows.map(({ body }) => body);
  }

  async count(table: "parked_message" | "blocked_key" | "dead_letter"): Promise<number> {
    return (await this.db.one<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)).n;
  }

  letters(): Promise<Letter[]> {
    return this.db.query("SELECT id, key, version, reason, resolution FROM dead_letter ORDER BY id");
  }

  settled(outcome: string, source = "topic"): Promise<number> {
    return this.host.metric("inbox_applied_total", { group: this.broker.group, outcome, source });
  }
}

export async function applyItem(
  tx: Transaction,
  { key, version, value }: VersionedMessage,
): Promise<ApplyOutcome> {
  const body = value.toString();
  const row = await tx.maybeOne<{ version: number }>("SELECT version FROM item WHERE key = $1 FOR UPDATE", [
    key,
  ]);
  const current = row?.version ?? 0;
  if (version <= current) {
    const known = await tx.one<{ body: string }>("SELECT body FROM history WHERE key = $1 AND version = $2", [
      key,
      version,
    ]);
    if (known.body !== body) throw new PoisonError("FORK", `${key} has another version ${version}`);
    return "duplicate";
  }
  if (version > current + 1) return "gap";
  await tx.execute("INSERT INTO item VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET version = $2", [
    key,
    version,
  ]);
  await tx.execute("INSERT INTO history VALUES ($1, $2, $3)", [key, version, body]);
  if (body.includes("illegal")) throw new PoisonError("ILLEGAL", `${key} may not become that`);
  return "applied";
}

export function decodeItem({ value }: { value: Buffer }): { key: string; version: number } {
  const match = /^(\w+)@(\d+)/.exec(value.toString());
  if (!match) throw new UndecodableError("no key and version in it");
  return { key: match[1]!, version: Number(match[2]) };
}

/** The copy that the holder has of a message. */
export function itemCopy(body: string): StoredMessage {
  return { ...decodeItem({ value: Buffer.from(body) }), value: Buffer.from(body), headers: {} };
}

/** Waits for a condition, looking every 20 ms. */
export async function until(check: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; !(await check()); await sleep(20)) {
    if (Date.now() > end) throw new Error("It did not happen in time.");
  }
}
