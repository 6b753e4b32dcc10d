import { defineMetric } from "../telemetry";

export const httpServerDuration = defineMetric({
  name: "http_server_request_duration_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time from the request's head to the end of its answer; 499 is a client that went away.",
  labels: ["method", "route", "code"],
});

export const httpServerInFlight = defineMetric({
  name: "http_server_requests_in_flight",
  kind: "gauge",
  help: "Requests being answered now, open event streams included.",
  labels: ["method"],
});

export const httpServerReceivedBytes = defineMetric({
  name: "http_server_received_bytes_total",
  kind: "counter",
  unit: "bytes",
  help: "Bytes of request bodies received.",
  labels: ["route"],
});

export const httpServerSentBytes = defineMetric({
  name: "http_server_sent_bytes_total",
  kind: "counter",
  unit: "bytes",
  help: "Bytes of answers sent, heads included.",
  labels: ["route"],
});

export const httpClientDuration = defineMetric({
  name: "http_client_request_duration_seconds",
  kind: "histogram",
  unit: "seconds",
  help: "Time of one attempt of an outgoing request, body included; code is the status, or the error's category when there is no status or the answer is of no use.",
  labels: ["client", "method", "code"],
});

export const httpClientInFlight = defineMetric({
  name: "http_client_requests_in_flight",
  kind: "gauge",
  help: "Outgoing requests whose answer has not been read.",
  labels: ["client"],
});

export const httpClientRetriesTotal = defineMetric({
  name: "http_client_retries_total",
  kind: "counter",
  help: "Outgoing requests that were tried again.",
  labels: ["client"],
});
