import { randomUUID } from "node:crypto";
import { actor, type Name, names, type Settings, World } from "../../../baton/testing/world";
import type { MoveCommand, OnApplied, WithMove } from "../../../baton";
import type { Order, OrderStatus } from "../../../gen/alexandrite/order/v1/order";
import { shortStatus } from "../../../order";
import type { Migration } from "../../../platform/postgres";
import { createTestHost, type TestHost } from "../../../platform/testing";
import { type CheckSources, openRecorder, type Recorder, type ServiceName, type Sighting } from "../..";

export type StageOptions = {
  /** Services that publish and consume; the others have their databases only. Default: all. */
  running?: readonly Name[];
  /** Services whose databases are looked at. Default: those that run. */
  looked?: readonly Name[];
  migrations?: Partial<Record<Name, readonly Migration[]>>;
  /** What happens when a service applies another one's move. */
  onApplied?: Partial<Record<Name, OnApplied>>;
};

/** The three services' orders on real databases and a real topic, with a client whose calls are recorded. Loops that would mend something are off. */
export class Stage {
  readonly recorder: Recorder = openRecorder();
  /** For what a scenario opens beside the services. */
  readonly host: TestHost = createTestHost("stage");
  /** More than orders and topic, where a scenario has it. */
  readonly more: Partial<CheckSources> = {};
  /** Run when it closes, last. */
  readonly atEnd: (() => Promise<unknown>)[] = [];
  readonly isRunning: boolean;
  readonly #looked: readonly Name[];

  private constructor(
    readonly world: World,
    running: readonly Name[],
    looked: readonly Name[],
  ) {
    this.isRunning = running.length > 0;
    this.#looked = looked;
  }

  static async open(options: StageOptions = {}): Promise<Stage> {
    const { running = names, migrations = {}, onApplied = {} } = options;
    const world = await World.open({ start: false }, migrations);
    for (const name of names) {
      const hook = onApplied[name];
      if (hook) world.services[name].baton!.onApplied(hook);
    }
    await Promise.all(running.map((name) => world.services[name].baton!.start()));
    return new Stage(world, running, options.looked ?? running);
  }

  /** The topic too, when anybody runs who publishes and reads it. */
  sources(): CheckSources {
    const { services, broker } = this.world;
    const of = <T>(tell: (name: Name) => T): Partial<Record<ServiceName, T>> =>
      Object.fromEntries(this.#looked.map((name) => [name.toLowerCase(), tell(name)]));
    return {
      databases: of((name) => services[name].db),
      ...(this.isRunning && {
        topic: {
          kafka: services.MES.kafka,
          name: broker.topic,
          groups: of((name) => `${name}_${broker.topic}`),
        },
      }),
      ...this.more,
    };
  }

  client(name = "client", caller = { role: "service", id: "test" }) {
    return this.recorder.client(name, caller);
  }

  /** A new order in MES, as its client sees it. */
  create(content: Partial<Order> = {}): Promise<Order> {
    const orderId = content.orderId ?? randomUUID();
    const call = { kind: "create", name: "create", store: "mes", orderId } as const;
    return this.client().record(call, () => this.world.create({ ...content, orderId }), one);
  }

  /** A command to a service, as its client sees it; from the version of `order`. */
  move(
    service: Name,
    order: Order,
    to: OrderStatus,
    { withMove, ...more }: Partial<MoveCommand> & { withMove?: WithMove } = {},
  ): Promise<Order> {
    const { orderId, version: expectedVersion } = order;
    const call = {
      kind: "move",
      name: shortStatus(to),
      store: service.toLowerCase() as ServiceName,
      orderId,
      expectedVersion,
      ...(more.commandId !== undefined && { commandId: more.commandId }),
    } as const;
    const run = () => this.world.services[service].move(orderId, to, { expectedVersion, ...more }, withMove);
    return this.client().record(call, run, one);
  }

  /** Starts a service anew, without what disturbed it. */
  async restart(name: Name, settings?: Settings): Promise<void> {
    await this.world.services[name].restart(settings);
  }

  async close(): Promise<void> {
    this.recorder.close();
    await this.host.close();
    await this.world.close();
    for (const end of this.atEnd) await end();
  }
}

export function sight({ orderId, version, status, owner }: Order): Sighting {
  const kind = owner?.kind.replace("OWNER_KIND_", "") ?? "";
  return {
    orderId,
    version,
    status: shortStatus(status),
    ...(owner && kind !== "UNSPECIFIED" && { owner: { kind, id: owner.id } }),
  };
}

export const one = (order: Order): Sighting[] => [sight(order)];

export { actor };
