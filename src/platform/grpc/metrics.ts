import { defineMetric } from "../telemetry";

const byMethod = ["grpc_type", "grpc_service", "grpc_method"] as const;
const byMethodAndKind = ["grpc_type", "grpc_service", "grpc_method", "kind"] as const;
const byCode = ["grpc_type", "grpc_service", "grpc_method", "grpc_code"] as const;

/** Names and labels of go-grpc-middleware, for servers. */
export const serverMetrics = {
  started: defineMetric({
    name: "grpc_server_started_total",
    kind: "counter",
    help: "Calls started on the server.",
    labels: byMethod,
  }),
  handled: defineMetric({
    name: "grpc_server_handled_total",
    kind: "counter",
    help: "Calls completed on the server, whatever their outcome.",
    labels: byCode,
    maxSeries: 5_000,
  }),
  handling: defineMetric({
    name: "grpc_server_handling_seconds",
    kind: "histogram",
    unit: "seconds",
    help: "Time from a call's headers to its end, on the server.",
    labels: byCode,
    maxSeries: 5_000,
  }),
  received: defineMetric({
    name: "grpc_server_msg_received_total",
    kind: "counter",
    help: "Messages received on the server.",
    labels: byMethod,
  }),
  sent: defineMetric({
    name: "grpc_server_msg_sent_total",
    kind: "counter",
    help: "Messages sent by the server.",
    labels: byMethod,
  }),
  receivedBytes: defineMetric({
    name: "grpc_server_msg_received_bytes_total",
    kind: "counter",
    unit: "bytes",
    help: "Bytes of the messages received on the server, without framing.",
    labels: byMethod,
  }),
  sentBytes: defineMetric({
    name: "grpc_server_msg_sent_bytes_total",
    kind: "counter",
    unit: "bytes",
    help: "Bytes of the messages sent on the server, without framing.",
    labels: byMethod,
  }),
  inFlight: defineMetric({
    name: "grpc_server_in_flight",
    kind: "gauge",
    help: "Calls being answered now, open streams included.",
    labels: byMethod,
  }),
};

export const connectionsRefusedTotal = defineMetric({
  name: "grpc_server_connections_refused_total",
  kind: "counter",
  help: "Connections that the server closed at once, because it had as many as it may have.",
});

export const faultsInjectedTotal = defineMetric({
  name: "grpc_server_faults_injected_total",
  kind: "counter",
  help: "Calls made to fail or wait by fault injection, by kind: error, delay.",
  labels: ["kind"],
});

/** What a server does about more calls than it can answer; no family of go-grpc-middleware has it. */
export const overloadMetrics = {
  refused: defineMetric({
    name: "grpc_server_refused_total",
    kind: "counter",
    help: "Calls refused for load: rate (of one caller), queue_full, wait (longer than the bound), deadline (shorter than the wait).",
    labels: ["reason"],
  }),
  queueLength: defineMetric({
    name: "grpc_server_queue_length",
    kind: "gauge",
    help: "Calls that wait for others to end.",
  }),
  queueWait: defineMetric({
    name: "grpc_server_queue_seconds",
    kind: "histogram",
    unit: "seconds",
    help: "Time that calls waited for others to end, by their priority; calls that did not wait are not in it.",
    labels: ["priority"],
  }),
  concurrency: defineMetric({
    name: "grpc_server_concurrent_calls",
    kind: "gauge",
    help: "Unary calls being answered, as the bound on them counts them.",
  }),
  concurrencyLimit: defineMetric({
    name: "grpc_server_concurrency_limit",
    kind: "gauge",
    help: "Unary calls that may be answered at a time, as the server has found it; 0 is without bound.",
  }),
};

/** The same family for clients. */
export const clientMetrics = {
  started: defineMetric({
    name: "grpc_client_started_total",
    kind: "counter",
    help: "Calls started by the client; retries of a call are not counted.",
    labels: byMethod,
  }),
  handled: defineMetric({
    name: "grpc_client_handled_total",
    kind: "counter",
    help: "Calls completed by the client, whatever their outcome.",
    labels: byCode,
    maxSeries: 5_000,
  }),
  handling: defineMetric({
    name: "grpc_client_handling_seconds",
    kind: "histogram",
    unit: "seconds",
    help: "Time from a call's start to its end as its caller saw it, retries included.",
    labels: byCode,
    maxSeries: 5_000,
  }),
  received: defineMetric({
    name: "grpc_client_msg_received_total",
    kind: "counter",
    help: "Messages received by the client.",
    labels: byMethod,
  }),
  sent: defineMetric({
    name: "grpc_client_msg_sent_total",
    kind: "counter",
    help: "Messages sent by the client.",
    labels: byMethod,
  }),
  receivedBytes: defineMetric({
    name: "grpc_client_msg_received_bytes_total",
    kind: "counter",
    unit: "bytes",
    help: "Bytes of the messages received by the client, without framing.",
    labels: byMethod,
  }),
  sentBytes: defineMetric({
    name: "grpc_client_msg_sent_bytes_total",
    kind: "counter",
    unit: "bytes",
    help: "Bytes of the messages sent by the client, without framing.",
    labels: byMethod,
  }),
  inFlight: defineMetric({
    name: "grpc_client_in_flight",
    kind: "gauge",
    help: "Calls waiting for their end, open streams included.",
    labels: byMethod,
  }),
};

/**
 * A client's attempts: how often grpc-js, and this library, sent a call (gRFC A66 tells attempts from calls, A96 names the kinds of retries). Started and handled
 * attempts less the calls are the load that retries and hedging add.
 */
export const attemptMetrics = {
  started: defineMetric({
    name: "grpc_client_attempt_started_total",
    kind: "counter",
    help: "Attempts of calls started by the client; a call that is retried or hedged has several, one that finds no name to connect to has none.",
    labels: byMethod,
  }),
  handled: defineMetric({
    name: "grpc_client_attempt_handled_total",
    kind: "counter",
    help: "Attempts completed by the client, whatever their outcome; hedged ones that another was faster than are Canceled.",
    labels: byCode,
    maxSeries: 5_000,
  }),
  handling: defineMetric({
    name: "grpc_client_attempt_handling_seconds",
    kind: "histogram",
    unit: "seconds",
    help: "Time from an attempt's start, the choice of a connection included, to its end.",
    labels: byCode,
    maxSeries: 5_000,
  }),
  retries: defineMetric({
    name: "grpc_client_retries_total",
    kind: "counter",
    help: "Attempts beyond a call's first: transparent (the server never saw the one before), retry (by policy or pushback), hedge (the one before is too slow or failed).",
    labels: byMethodAndKind,
  }),
};

export const channelRebuiltTotal = defineMetric({
  name: "grpc_client_channel_rebuilt_total",
  kind: "counter",
  help: "Channels replaced because their calls timed out one after another (grpc-node #2785).",
  labels: ["target"],
});
