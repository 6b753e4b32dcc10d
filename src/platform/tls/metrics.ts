import { defineMetric } from "../telemetry";

export const tlsMetrics = {
  expiry: defineMetric({
    name: "tls_certificate_not_after_timestamp_seconds",
    kind: "gauge",
    unit: "seconds",
    help: "When the certificate in use ends, in seconds since 1970, by what it is used for.",
    labels: ["use"],
  }),
  reloads: defineMetric({
    name: "tls_certificate_reloads_total",
    kind: "counter",
    help: "Changed certificate files that were looked at: taken, or refused because they do not fit (the ones before stay in use).",
    labels: ["use", "outcome"],
  }),
  handshakeFailures: defineMetric({
    name: "tls_handshake_failures_total",
    kind: "counter",
    help: "Connections that a server refused before any call, by reason: no certificate, a certificate of another authority, one out of date, no TLS at all, other.",
    labels: ["reason"],
  }),
};
