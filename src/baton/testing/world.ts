import { randomUUID } from "node:crypto";
import { OrderEventsServiceDefinition } from "../../gen/alexandrite/events/v1/events";
import { descriptorSet } from "../../gen/descriptors";
import type { OrderStatus } from "../../gen/alexandrite/order/v1/order";
import { Holder, Order } from "../../gen/alexandrite/order/v1/order";
import { type ConfigOf, defineConfig } from "../../platform/config";
import { AppError } from "../../platform/errors";
import {
  createServer,
  grpcServerConfig,
  type Handlers,
  openClient,
  type Principal,
  withoutCredentials,
} from "../../platform/grpc";
import type { Kafka } from "../../platform/kafka";
import type { Database, Migration } from "../../platform/postgres";
import {
  createTestHost,
  testDatabase,
  type TestDatabase,
  type TestHost,
  type TestKafka,
  testKafka,
  until,
} from "../../platform/testing";
import { type Baton, type BatonOptions, batonMigrations, openBaton, type WithMove } from "..";
import type { MoveCommand } from "..";

export type Name = "MES" | "CRM" | "SHOP";
export const names = ["MES", "CRM", "SHOP"] as const;
const holders = { MES: Holder.HOLDER_MES, CRM: Holder.HOLDER_CRM, SHOP: Holder.HOLDER_SHOP } as const;
export const actor = { role: "service", id: "test" };

/** Loops are off unless a test asks for them: what they would mend must be seen to be mended without them. */
export type Settings = Partial<BatonOptions> & {
  /** False leaves the baton opened: it moves orders, publishes nothing and applies nothing, like a process that was killed after its commits. */
  start?: boolean;
};

/** A process of one service: it may end and come back, its database and its address stay. */
export class Service {
  host!: TestHost;
  db!: Database;
  kafka!: Kafka;
  baton: Baton | undefined;

  constructor(
    readonly name: Name,
    private readonly world: World,
    private readonly database: TestDatabase,
  ) {}

  async open({ start = true, ...settings }: Settings = {}): Promise<Baton> {
    this.host = createTestHost(this.name.toLowerCase());
    this.db = await this.database.open(this.host);
    this.kafka = await this.world.broker.open(this.host);
    const peers = Object.fromEntries(
      await Promise.all(
        names
          .filter((peer) => peer !== this.name)
          .map(async (peer) => [peer, await this.world.clientOf(this.host, peer)]),
      ),
    );
    const { topic } = this.world.broker;
    const baton = await this.host.own(
      openBaton(this.host, {
        db: this.db,
        kafka: this.kafka,
        self: holders[this.name],
        peers,
        topic,
        group: `${this.name}_${topic}`,
        sweepMs: 0,
        reconcileMs: 0,
        expiryMs: 0,
        waitMs: 10_000,
        ...settings,
      }),
    );
    if (start) await baton.start();
    return (this.baton = baton);
  }

  async close(): Promise<void> {
    this.baton = undefined;
    await this.host?.close();
  }

  /** Ends and comes back, perhaps with other settings. */
  async restart(settings?: Settings): Promise<Baton> {
    await this.close();
    return this.open(settings);
  }

  /** Moves the order from the version that this service knows, or from the one given. */
  async move(
    orderId: string,
    to: OrderStatus,
    more: Partial<MoveCommand> = {},
    withMove?: WithMove,
  ): Promise<Order> {
    const expectedVersion = more.expectedVersion ?? (await this.version(orderId));
    return this.baton!.move({ orderId, to, actor, expectedVersion, ...more }, withMove);
  }

  async version(orderId: string): Promise<number> {
    return (await this.baton!.get(orderId))?.version ?? 0;
  }

  /** The stored bytes of all versions. */
  async history(orderId: string): Promise<string[]> {
    return (await this.baton!.events(orderId, 0, 100)).map(({ value }) => value.toString());
  }

  /** Takes an event from the outbox as if it had been published and lost. */
  async loseEvent(orderId: string, version: number): Promise<void> {
    const lost = await this.db.execute(
      "UPDATE outbox SET published_at = now() WHERE key = $1 AND version = $2 AND published_at IS NULL",
      [orderId, version],
    );
    if (lost !== 1) throw new Error(`Version ${version} is not waiting in the outbox of ${this.name}.`);
  }
}

/** Three services with their own databases on one topic, reading from each other over gRPC. */
export class World {
  readonly broker: TestKafka;
  readonly services: Readonly<Record<Name, Service>>;
  readonly #databases: TestDatabase[];
  readonly #doors: TestHost[] = [];
  readonly #addresses = new Map<Name, string>();

  private constructor(broker: TestKafka, databases: TestDatabase[]) {
    this.broker = broker;
    this.#databases = databases;
    const [mes, crm, shop] = databases as [TestDatabase, TestDatabase, TestDatabase];
    this.services = {
      MES: new Service("MES", this, mes),
      CRM: new Service("CRM", this, crm),
      SHOP: new Service("SHOP", this, shop),
    };
  }

  /** `migrations`: of services whose databases are to have more tables than those of orders. */
  static async open(
    settings?: Settings,
    migrations: Partial<Record<Name, readonly Migration[]>> = {},
  ): Promise<World> {
    const broker = await testKafka();
    const databases: TestDatabase[] = [];
    for (const name of names)
      databases.push(await testDatabase(migrations[name] ?? batonMigrations(holders[name])));
    const world = new World(broker, databases);
    for (const name of names) await world.#openDoor(name);
    await Promise.all(names.map((name) => world.services[name].open(settings)));
    const topics = [{ topic: `${broker.topic}.dlq`, partitions: 1 }];
    await world.services.MES.kafka.ensureTopics(topics);
    return world;
  }

  async close(): Promise<void> {
    await Promise.all(names.map((name) => this.services[name].close()));
    for (const door of this.#doors) await door.close();
    for (const database of this.#databases) await database.drop();
  }

  clientOf(host: TestHost, name: Name) {
    const options = { address: this.#addresses.get(name)!, credentials: withoutCredentials() };
    return host.own(openClient(host, OrderEventsServiceDefinition, options));
  }

  /** A service's address outlives its processes; while there is none it answers UNAVAILABLE. */
  async #openDoor(name: Name): Promise<void> {
    const host = createTestHost(`${name.toLowerCase()}-door`);
    this.#doors.push(host);
    const { grpc }: { grpc: ConfigOf<typeof grpcServerConfig> } = defineConfig({ grpc: grpcServerConfig })({
      GRPC_PORT: "0",
      GRPC_DRAIN_MS: "100",
    });
    const principal: Principal = { role: "service", id: "test", name: "test" };
    const server = createServer(host, grpc, {
      authenticate: async () => principal,
      descriptors: descriptorSet,
    });
    const handlers = (): Handlers<typeof OrderEventsServiceDefinition> => {
      const { baton } = this.services[name];
      if (baton) return baton.handlers;
      throw new AppError({ category: "unavailable", reason: "DOWN", message: `${name} is down` });
    };
    server.add(OrderEventsServiceDefinition, {
      getOrderEvents: async (request, call) => handlers().getOrderEvents(request, call),
      getOrderVersions: async (request, call) => handlers().getOrderVersions(request, call),
      listOrderVersions: async (request, call) => handlers().listOrderVersions(request, call),
    });
    const { port } = await host.own(server.listen());
    this.#addresses.set(name, `127.0.0.1:${port}`);
  }

  /** Version 1, in MES. */
  create(content: Partial<Order> = {}, commandId?: string): Promise<Order> {
    const { db, baton } = this.services.MES;
    const order = Order.fromPartial({
      orderId: randomUUID(),
      owner: { id: "customer-1" },
      specification: { material: "PLA", finish: "RAW", quantity: 1 },
      ...content,
    });
    return db.transaction((tx) => baton!.create(tx, order, { actor, commandId }));
  }

  /** Waits until all three know this version. */
  level(orderId: string, version: number, among: readonly Name[] = names): Promise<void> {
    return until(async () => {
      const versions = await Promise.all(among.map((name) => this.services[name].version(orderId)));
      return versions.every((each) => each === version);
    });
  }

  /** All three histories are the same bytes. */
  async expectEqual(orderId: string, length: number): Promise<void> {
    const [mes, crm, shop] = await Promise.all(names.map((name) => this.services[name].history(orderId)));
    expect(mes).toHaveLength(length);
    expect(crm).toEqual(mes);
    expect(shop).toEqual(mes);
  }

  /** Puts bytes on the topic as if a service had published them. */
  async publish(orderId: string, value: Buffer): Promise<void> {
    await this.services.MES.kafka.send({ topic: this.broker.topic, key: orderId, value, headers: {} });
  }
}
