const serverFaults = "Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss";
const grpcCalls = "sum by (service) (rate(grpc_server_handled_total[1m]))";
const httpRequests = "sum by (service) (rate(http_server_request_duration_seconds_count[1m]))";
const grpcFaults = `sum by (service) (rate(grpc_server_handled_total{grpc_code=~"${serverFaults}"}[1m]))`;
const httpFaults = 'sum by (service) (rate(http_server_request_duration_seconds_count{code=~"5.."}[1m]))';

/** What the page asks of Prometheus. A service answers either gRPC or HTTP; streams are as long as their readers stay, and have no latency. */
export const expressions = {
  up: "up",
  failingChecks: "service_ready == 0",
  startedAt: "process_start_time_seconds",
  callsPerSecond: `${grpcCalls} or ${httpRequests}`,
  errorRatio: `${grpcFaults} / (${grpcCalls} > 0) or ${httpFaults} / (${httpRequests} > 0)`,
  p99Seconds: [
    'histogram_quantile(0.99, sum by (service, le) (rate(grpc_server_handling_seconds_bucket{grpc_type="unary"}[1m])))',
    'histogram_quantile(0.99, sum by (service, le) (rate(http_server_request_duration_seconds_bucket{route!~".*/(events|calculation)"}[1m])))',
  ].join(" or "),
  cpuShare: "max by (service) (rate(process_cpu_seconds_total[1m]))",
  eventLoopDelaySeconds: "max by (service) (nodejs_eventloop_lag_p99_seconds)",
  poolShare:
    'max by (service) (sum by (service, instance, db) (db_client_connections{state="used"}) / sum by (service, instance, db) (db_client_connections_max))',
  memoryBytes: "max by (service) (process_resident_memory_bytes)",
} as const;
