import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MesServiceDefinition, type UploadModelHeader } from "../../../gen/alexandrite/mes/v1/mes";
import { MesOperatorServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes_operator";
import { MesWorkerServiceDefinition } from "../../../gen/alexandrite/mes/v1/mes_worker";
import {
  LengthUnit,
  ModelFormat,
  type Order,
  type OrderStatus,
} from "../../../gen/alexandrite/order/v1/order";
import { type Client, openClient, type PlainMetadata, withoutCredentials } from "../../../platform/grpc";
import type { Database } from "../../../platform/postgres";
import { createTestHost, testDatabase, testKafka, testS3, type TestHost } from "../../../platform/testing";
import { loadMesConfig, type MesConfig } from "../config";
import { startMes } from "../mes";
import { startMesOperator } from "../mes-operator";
import { startMesWorker } from "../mes-worker";
import { mesMigrations } from "../store/migrations";
import { startFakePeers } from "./fake-peers";
import { createOtherHolders, type OtherHolders } from "./other-holders";

type Doors = {
  readonly mes: Client<typeof MesServiceDefinition>;
  readonly operators: Client<typeof MesOperatorServiceDefinition>;
  readonly workers: Client<typeof MesWorkerServiceDefinition>;
};

/** MES's three processes in one, on real Postgres, Kafka and S3, with fake CRM and Shop. */
export type RunningMes = Doors & {
  /** What its processes run with, for starting another one of them. */
  readonly config: MesConfig;
  readonly db: Database;
  /** The one that shows the metrics, logs and spans of the public door. */
  readonly host: TestHost;
  readonly holders: OtherHolders;
  /** Metadata of callers. */
  readonly anna: PlainMetadata;
  readonly boris: PlainMetadata;
  readonly operator: PlainMetadata;
  readonly otherOperator: PlainMetadata;
  readonly partner: PlainMetadata;
  readonly service: PlainMetadata;
  create(as?: PlainMetadata, specification?: Partial<Specification>): Promise<Order>;
  upload(order: Order, model: Buffer, options?: UploadOptions): Promise<Order>;
  /** Waits until MES's copy of an order has come to a status. */
  until(orderId: string, status: OrderStatus): Promise<Order>;
  /** Keys in the object store. */
  objects(): Promise<string[]>;
  /** Files of uploads under way. */
  spooled(): Promise<string[]>;
  close(): Promise<void>;
};

type Specification = { material: string; finish: string; quantity: number };
export type UploadOptions = {
  as?: PlainMetadata;
  header?: Partial<UploadModelHeader>;
  /** Bytes per message. */
  chunk?: number;
};

export async function runMes(env: Record<string, string> = {}): Promise<RunningMes> {
  const serviceKey = randomUUID();
  const [database, kafka, s3, folder] = await Promise.all([
    testDatabase(mesMigrations),
    testKafka(),
    testS3(),
    mkdtemp(join(tmpdir(), "mes-test-")),
  ]);
  const back = createTestHost("back");
  const holders = createOtherHolders(await kafka.open(back), kafka.topic);
  const store = await s3.open(back);
  const peers = await startFakePeers(back, holders);
  const config = loadMesConfig({
    DATABASE_URL: database.url,
    KAFKA_BROKERS: kafka.brokers.join(","),
    ORDER_STATUS_TOPIC: kafka.topic,
    ORDER_STATUS_GROUP: kafka.group,
    S3_ENDPOINT: s3.config.endpoint,
    S3_BUCKET: s3.bucket,
    S3_ACCESS_KEY_ID: s3.config.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.config.secretAccessKey,
    SERVICE_KEY: serviceKey,
    SERVICE_KEY_HASHES: `mes:${createHash("sha256").update(serviceKey).digest("hex")}`,
    SHOP_ADDRESS: peers.address,
    CRM_ADDRESS: peers.address,
    GRPC_PORT: "0",
    GRPC_STOP_NOTICE_MS: "0",
    UPLOAD_FOLDER: folder,
    ...env,
  });
  const host = createTestHost("mes");
  const operatorHost = createTestHost("mes-operator");
  const workerHost = createTestHost("mes-worker");
  const [publicDoor, operatorDoor, workerDoor] = [
    await startMes(host, config),
    await startMesOperator(operatorHost, config),
    await startMesWorker(workerHost, config),
  ];
  const at = ({ port }: { port: number }) => ({
    address: `127.0.0.1:${port}`,
    credentials: withoutCredentials(),
  });
  const doors: Doors = {
    mes: await back.own(openClient(back, MesServiceDefinition, at(publicDoor))),
    operators: await back.own(openClient(back, MesOperatorServiceDefinition, at(operatorDoor))),
    workers: await back.own(openClient(back, MesWorkerServiceDefinition, at(workerDoor))),
  };
  const anna = await peers.signedIn("customer", "anna");
  const service = { "x-service-key": serviceKey };

  return {
    ...doors,
    config,
    db: await database.open(back),
    host,
    holders,
    anna,
    boris: await peers.signedIn("customer", "boris"),
    operator: await peers.signedIn("operator", "oleg"),
    otherOperator: await peers.signedIn("operator", "olga"),
    partner: { "x-api-key": "alx_partner_demo_0123456789abcdef" },
    service,
    async create(as = anna, specification = {}) {
      const wanted = { material: "PLA", finish: "RAW", quantity: 1, ...specification };
      const request = { orderId: randomUUID(), specification: wanted };
      return known((await doors.mes.createOrder(request, { metadata: as })).order);
    },
    async upload({ orderId, version }, model, { as = anna, header = {}, chunk = 65_536 } = {}) {
      const whole: UploadModelHeader = {
        orderId,
        expectedVersion: version,
        commandId: "",
        format: ModelFormat.MODEL_FORMAT_STL,
        unit: LengthUnit.LENGTH_UNIT_UNSPECIFIED,
        fileName: "cube.stl",
        sizeBytes: 0n,
        sha256: "",
        ...header,
      };
      async function* messages() {
        yield { part: { $case: "header" as const, value: whole } };
        for (let from = 0; from < model.length; from += chunk) {
          yield { part: { $case: "chunk" as const, value: model.subarray(from, from + chunk) } };
        }
      }
      return known((await doors.mes.uploadModel(messages(), { metadata: as })).order);
    },
    async until(orderId, status) {
      for (const giveUpAt = Date.now() + 20_000; ;) {
        const { order } = await doors.mes.getOrder({ orderId }, { metadata: service });
        if (order?.status === status) return order;
        if (Date.now() > giveUpAt) throw new Error(`Order ${orderId} is still ${order?.status}.`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async objects() {
      const keys: string[] = [];
      for await (const { key } of store.list("")) keys.push(key);
      return keys.sort();
    },
    async spooled() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    },
    async close() {
      await Promise.all([host.close(), operatorHost.close(), workerHost.close()]);
      await back.close();
      await Promise.all([database.drop(), rm(folder, { recursive: true, force: true })]);
    },
  };
}

function known(order: Order | undefined): Order {
  if (!order) throw new Error("The answer has no order.");
  return order;
}
