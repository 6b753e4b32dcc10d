/** A promise about what users of the system notice: at least this share of events is good. */
export type Objective = {
  /** The label `slo` of everything recorded about it. */
  name: string;
  /** Whose it is: the label `service`. */
  service: string;
  /** One sentence, as a promise. */
  promise: string;
  /** The share of good events over the window, between 0 and 1. */
  objective: number;
  /** Events per second below which a burn rate says nothing: one failure among three events is half of nothing. */
  leastPerSecond: number;
  /** Counters in PromQL, without a range. A latency promise counts by a bucket of its histogram. */
  events: { all: string; bad: string } | { all: string; good: string };
};

/** Days over which an objective is held, and its error budget spent. */
export const windowDays = 30;

/** Codes that are the server's fault. */
const faults = 'grpc_code=~"Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss"';

function grpc(service: string, api: string): Objective[] {
  const own = `service="${service}",grpc_service="alexandrite.${api}"`;
  const unary = `${own},grpc_type="unary"`;
  return [
    {
      name: `${service}-availability`,
      service,
      promise: `999 of 1,000 calls to ${service} do not fail by its fault.`,
      objective: 0.999,
      leastPerSecond: 0.5,
      events: {
        all: `grpc_server_handled_total{${own}}`,
        bad: `grpc_server_handled_total{${own},${faults}}`,
      },
    },
    {
      name: `${service}-latency`,
      service,
      promise: `99 of 100 unary calls to ${service} are answered within a second.`,
      objective: 0.99,
      leastPerSecond: 0.5,
      events: {
        all: `grpc_server_handling_seconds_count{${unary}}`,
        good: `grpc_server_handling_seconds_bucket{${unary},le="1.0"}`,
      },
    },
  ];
}

/** Requests that are answered at once: neither event streams nor uploads. */
const gateway = 'service="gateway",route!~".*/(events|calculation|model)"';

function freshness(service: string): Objective {
  const read = `service="${service}",topic="order_status"`;
  return {
    name: `${service}-freshness`,
    service,
    promise: `99 of 100 changes of an order are in ${service}'s view within 2.5 s.`,
    objective: 0.99,
    leastPerSecond: 0.01,
    events: {
      all: `kafka_consume_delay_seconds_count{${read}}`,
      good: `kafka_consume_delay_seconds_bucket{${read},le="2.5"}`,
    },
  };
}

/** Every objective of the system. `make rules` makes recording rules and alerts of them. */
export const objectives: readonly Objective[] = [
  {
    name: "gateway-availability",
    service: "gateway",
    promise: "999 of 1,000 HTTP requests do not fail by the fault of the system.",
    objective: 0.999,
    leastPerSecond: 0.5,
    events: {
      all: 'http_server_request_duration_seconds_count{service="gateway"}',
      bad: 'http_server_request_duration_seconds_count{service="gateway",code=~"5.."}',
    },
  },
  {
    name: "gateway-latency",
    service: "gateway",
    promise: "99 of 100 HTTP requests are answered within a second, uploads and event streams apart.",
    objective: 0.99,
    leastPerSecond: 0.5,
    events: {
      all: `http_server_request_duration_seconds_count{${gateway}}`,
      good: `http_server_request_duration_seconds_bucket{${gateway},le="1.0"}`,
    },
  },
  ...grpc("shop", "shop.v1.ShopService"),
  ...grpc("crm", "crm.v1.CrmService"),
  ...grpc("mes", "mes.v1.MesService"),
  ...grpc("mes-operator", "mes.v1.MesOperatorService"),
  {
    name: "paid-visible",
    service: "mes-operator",
    promise: "99 of 100 paid orders are in the operators' list within 2 s.",
    objective: 0.99,
    leastPerSecond: 0.01,
    events: { all: "paid_to_visible_seconds_count", good: 'paid_to_visible_seconds_bucket{le="2.0"}' },
  },
  {
    name: "model-priced",
    service: "pricing",
    promise: "99 of 100 models under 10 MB are priced within 60 s.",
    objective: 0.99,
    leastPerSecond: 0.01,
    events: {
      all: 'model_to_price_seconds_count{size="under_10mb"}',
      good: 'model_to_price_seconds_bucket{size="under_10mb",le="60.0"}',
    },
  },
  freshness("shop"),
  freshness("crm"),
];
