/** A further door of the broker: whoever comes in by it is told of `advertised`, where something passes connections on to `port`. */
export type KafkaListener = { name: string; port: number; advertised: number };

/** `server.properties` of a single KRaft node that is broker and controller. */
export function serverProperties(options: {
  port: number;
  controllerPort: number;
  folder: string;
  listeners?: readonly KafkaListener[];
}): string {
  const { port, controllerPort, folder, listeners = [] } = options;
  const further = (tell: (listener: KafkaListener) => string): string =>
    listeners.map((listener) => `,${tell(listener)}`).join("");
  return Object.entries({
    "process.roles": "broker,controller",
    "node.id": 1,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${further((each) => `${each.name}://127.0.0.1:${each.port}`)}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}${further((each) => `${each.name}://127.0.0.1:${each.advertised}`)}`,
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${further(({ name }) => `${name}:PLAINTEXT`)}`,
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    "log.dirs": folder,
    "auto.create.topics.enable": false,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    "log.segment.bytes": 64 * 1024 * 1024,
    // Offset and time indexes are preallocated to this size per partition, 10 MiB unless told.
    "log.index.size.max.bytes": 1024 * 1024,
    // The deduplication buffer of the log cleaner, 128 MiB unless told, would be half of the heap.
    "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
