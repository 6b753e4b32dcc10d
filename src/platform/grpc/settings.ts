import { type ConfigOf, flag, integer, optionalText, port, text, variable } from "../config";
import { grpcServerTlsConfig } from "./tls-settings";

/** Short keys can be guessed. */
const faultKey = optionalText.refine(
  (key) => key === "" || key.length >= 24,
  "must have 24 characters or more, or be empty to switch it off",
);

/** The gRPC server's environment. */
export const grpcServerConfig = {
  host: variable("GRPC_HOST", text, {
    default: "127.0.0.1",
    description: "the address that the gRPC server listens on",
  }),
  port: variable("GRPC_PORT", port, {
    default: 50051,
    description: "the gRPC server's port; 0 takes any free one",
  }),
  unaryDeadlineMs: variable("GRPC_UNARY_DEADLINE_MS", integer(1), {
    default: 10_000,
    description: "the deadline of calls that come without one, in milliseconds",
  }),
  streamDeadlineMs: variable("GRPC_STREAM_DEADLINE_MS", integer(1), {
    default: 3_600_000,
    description: "the deadline of streams that come without one, in milliseconds",
  }),
  maxMessageBytes: variable("GRPC_MAX_MESSAGE_BYTES", integer(1_024), {
    default: 1_048_576,
    description: "the largest message in bytes, both ways",
  }),
  maxConcurrentStreams: variable("GRPC_MAX_CONCURRENT_STREAMS", integer(1), {
    default: 1_000,
    description: "calls that one connection may have open",
  }),
  maxSessionMemoryMb: variable("GRPC_MAX_SESSION_MEMORY_MB", integer(1), {
    default: 25,
    description: "memory that one connection may take, in megabytes",
  }),
  maxMetadataBytes: variable("GRPC_MAX_METADATA_BYTES", integer(1_024), {
    default: 8_192,
    description: "the largest metadata of a call in bytes, each entry counted with 32 more (RFC 9113, 6.5.2)",
  }),
  maxConnections: variable("GRPC_MAX_CONNECTIONS", integer(1), {
    default: 1_000,
    description: "connections that the server has open at a time; further ones are closed at once",
  }),
  maxConnectionAgeMs: variable("GRPC_MAX_CONNECTION_AGE_MS", integer(1_000), {
    default: 1_800_000,
    description:
      "age at which a connection is asked to go, so that clients meet new instances, in milliseconds",
  }),
  stopNoticeMs: variable("GRPC_STOP_NOTICE_MS", integer(0), {
    default: 200,
    description:
      "how long a stopping server says NOT_SERVING before it takes no more connections, in milliseconds",
  }),
  drainMs: variable("GRPC_DRAIN_MS", integer(0), {
    default: 8_000,
    description: "how long open calls may finish when the server stops, in milliseconds",
  }),
  ratePerSecond: variable("GRPC_RATE_PER_SECOND", integer(0), {
    default: 1_000,
    description: "calls per second that one user or API key may make at this process; 0 is without bound",
  }),
  rateBurst: variable("GRPC_RATE_BURST", integer(1), {
    default: 2_000,
    description: "calls that one user or API key may make at once after a pause",
  }),
  maxConcurrentCalls: variable("GRPC_MAX_CONCURRENT_CALLS", integer(0), {
    default: 400,
    description:
      "unary calls answered at a time; the bound in force goes below it while they keep the event loop busy; 0 switches bound and queue off",
  }),
  maxQueuedCalls: variable("GRPC_MAX_QUEUED_CALLS", integer(1), {
    default: 2_000,
    description: "calls that may wait for others to end",
  }),
  maxQueueWaitMs: variable("GRPC_MAX_QUEUE_WAIT_MS", integer(1), {
    default: 1_000,
    description: "a call that would wait longer by estimate is refused at once, in milliseconds",
  }),
  faultInjectionKey: variable("FAULT_INJECTION_KEY", faultKey, {
    default: "",
    secret: true,
    description: "lets whoever knows it make calls fail or wait, by the admin port; empty: nobody can",
  }),
  tls: grpcServerTlsConfig,
  logPayloads: variable("GRPC_LOG_PAYLOADS", flag, {
    default: false,
    description: "whether requests are logged at level debug, without the fields marked debug_redact",
  }),
};

export type GrpcServerConfig = ConfigOf<typeof grpcServerConfig>;
