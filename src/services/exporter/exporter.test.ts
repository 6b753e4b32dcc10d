import { readFileSync } from "node:fs";
import { loadExporterConfig } from "./config";
import { startExporter } from "./exporter";
import { startConsumer } from "../../platform/kafka";
import { createTestHost, testKafka, testS3, type TestHost } from "../../platform/testing";
import { createDatabases } from "../../stack/backends/postgres";

let host: TestHost;
beforeEach(() => {
  host = createTestHost("exporter");
});
afterEach(() => host.close());

const server = (): URL => new URL(process.env["TEST_POSTGRES_URL"] ?? "");

/** The server entered as the stack lets an exporter enter it. */
async function monitorUrl(): Promise<string> {
  const url = server();
  await createDatabases({ port: Number(url.port), password: url.password }, []);
  url.username = "monitor";
  return url.href;
}

function configOf(env: Record<string, string>) {
  return loadExporterConfig({ S3_ACCESS_KEY_ID: "none", S3_SECRET_ACCESS_KEY: "none", ...env });
}

async function eventually(check: () => Promise<void>): Promise<void> {
  for (let left = 100; ; left--) {
    try {
      return await check();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

test("a server is told of to somebody who may see figures and no rows", async () => {
  const config = configOf({ EXPORT: "postgres,statements", DATABASE_URL: await monitorUrl() });
  await startExporter(host, config);
  await eventually(async () => {
    expect(await host.metric("exporter_collector_up")).toBe(2);
    expect(await host.metric("pg_up")).toBe(1);
    const postgres = { datname: "postgres" };
    expect(await host.metric("pg_database_size_bytes", postgres)).toBeGreaterThan(1e6);
    expect(await host.metric("pg_stat_database_xact_commit", postgres)).toBeGreaterThan(0);
    expect(await host.metric("pg_stat_activity_count", { ...postgres, state: "active" })).toBeGreaterThan(0);
    expect(await host.metric("pg_locks_count", postgres)).toBeGreaterThan(0);
    expect(await host.metric("pg_settings_max_connections")).toBeGreaterThan(20);
    expect(await host.metric("pg_settings_shared_buffers_bytes")).toBeGreaterThan(1e6);
  });
  const text = await host.metricsText();
  expect(text).toContain('pg_stat_activity_count{datname="postgres",state="active",wait_event_type="Lock"}');
  const statements = text.match(/^pg_stat_statements_calls_total\{/gm) ?? [];
  expect(statements.length).toBeGreaterThan(0);
  expect(statements.length).toBeLessThanOrEqual(20);
  expect(text).toMatch(/^pg_stat_statements_seconds_total\{user="\w+",datname="\w+",queryid="-?\d+"\} /m);
});

test("what a group has not committed is told in messages and in seconds, while it has no consumer too", async () => {
  const topic = await testKafka();
  const kafka = await topic.open(host);
  const group = { consumergroup: topic.group, topic: topic.topic, partition: "0" };
  const send = (value: string) => kafka.send({ topic: topic.topic, key: "k", value: Buffer.from(value) });
  const { partition } = await send("1");
  group.partition = String(partition);
  const seen: string[] = [];
  const handle = async ({ value }: { value: Buffer }) => void seen.push(value.toString());
  const consumer = await startConsumer(host, kafka, { group: topic.group, topic: topic.topic, handle });
  await eventually(async () => expect(seen).toEqual(["1"]));
  await consumer.close();
  await send("2");
  await send("3");

  const config = configOf({ EXPORT: "kafka,kafka_age", KAFKA_BROKERS: topic.brokers.join(",") });
  await startExporter(host, config);
  await eventually(async () => {
    expect(await host.metric("exporter_collector_up")).toBe(2);
    expect(await host.metric("kafka_consumergroup_lag", group)).toBe(2);
    expect(await host.metric("kafka_consumergroup_lag_seconds", group)).toBeGreaterThan(0);
  });
  expect(await host.metric("kafka_brokers")).toBe(1);
  expect(await host.metric("kafka_topic_partitions", { topic: topic.topic })).toBe(3);
  expect(await host.metric("kafka_topic_partition_current_offset", { topic: topic.topic })).toBe(3);
  expect(await host.metric("kafka_consumergroup_current_offset", group)).toBe(1);
  expect(await host.metric("kafka_consumergroup_members", { consumergroup: topic.group })).toBe(0);
  expect(await host.metric("kafka_consumergroup_lag_seconds", group)).toBeLessThan(3_600);
});

test("a group that stands still at the first record there is, and has committed nothing, is behind", async () => {
  const topic = await testKafka();
  const kafka = await topic.open(host);
  const { partition } = await kafka.send({ topic: topic.topic, key: "k", value: Buffer.from("1") });
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const consumer = await startConsumer(host, kafka, {
    group: topic.group,
    topic: topic.topic,
    handle: () => held,
  });
  const config = configOf({ EXPORT: "kafka,kafka_age", KAFKA_BROKERS: topic.brokers.join(",") });
  await startExporter(host, config);
  const group = { consumergroup: topic.group, topic: topic.topic, partition: String(partition) };
  await eventually(async () => {
    expect(await host.metric("kafka_consumergroup_lag", group)).toBe(1);
    expect(await host.metric("kafka_consumergroup_lag_seconds", group)).toBeGreaterThan(0);
  });
  expect(await host.metric("kafka_consumergroup_members", { consumergroup: topic.group })).toBe(1);
  letGo();
  await consumer.close();
});

test("a bucket is told of by its objects and their bytes", async () => {
  const s3 = await testS3();
  const store = await s3.open(host);
  await store.put("a/1", Buffer.alloc(10), { length: 10 });
  await store.put("b", Buffer.alloc(32), { length: 32 });
  await startExporter(host, { ...configOf({ EXPORT: "s3" }), s3: s3.config });
  await eventually(async () => expect(await host.metric("s3_bucket_objects", { bucket: s3.bucket })).toBe(2));
  expect(await host.metric("s3_bucket_size_bytes", { bucket: s3.bucket })).toBe(42);
});

test("the machine is told of, and the processes whose command line holds a text", async () => {
  const [node = ""] = readFileSync("/proc/self/cmdline", "utf8").split("\0");
  await startExporter(host, configOf({ EXPORT: "host,processes", PROCESS_GROUPS: `runner=${node}` }));
  await eventually(async () => expect(await host.metric("exporter_collector_up")).toBe(2));
  expect(await host.metric("node_cpu_seconds_total", { mode: "idle" })).toBeGreaterThan(0);
  expect(await host.metric("node_memory_MemTotal_bytes")).toBeGreaterThan(
    await host.metric("node_memory_MemAvailable_bytes"),
  );
  expect(await host.metric("node_filesystem_size_bytes")).toBeGreaterThan(
    await host.metric("node_filesystem_avail_bytes"),
  );
  const runner = { groupname: "runner" };
  expect(await host.metric("namedprocess_namegroup_num_procs", runner)).toBeGreaterThan(0);
  expect(
    await host.metric("namedprocess_namegroup_memory_bytes", { ...runner, memtype: "resident" }),
  ).toBeGreaterThan(1e6);
  expect(await host.metric("namedprocess_namegroup_cpu_seconds_total", runner)).toBeGreaterThan(0);
});

test("while nothing answers, each collector says so, and the exporter is ready all the same", async () => {
  const env = { DATABASE_URL: "postgres://monitor@127.0.0.1:1/postgres", KAFKA_BROKERS: "127.0.0.1:1" };
  const config = configOf({ ...env, EXPORT: "postgres,kafka,s3,host", S3_ENDPOINT: "http://127.0.0.1:1" });
  await startExporter(host, config);
  await eventually(async () => {
    expect(await host.metric("exporter_collector_up", { collector: "host" })).toBe(1);
    const failed = host.logs
      .filter(({ msg }) => msg === "a collector fails")
      .map(({ collector }) => collector);
    expect(failed.sort()).toEqual(["kafka", "postgres", "s3"]);
  });
  expect(await host.metric("pg_up")).toBe(0);
  expect(await host.metric("kafka_brokers")).toBe(0);
  expect(await host.ready()).toMatchObject({ ready: true });
});
