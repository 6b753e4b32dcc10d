import { dashboard, logs, row, text, traces } from "./panels";

const links = [
  { title: "Its story", url: "http://127.0.0.1:8080/ops/orders/${order}" },
  {
    title: "Its traces in Jaeger",
    url: "http://127.0.0.1:16686/search?service=crm&lookback=2d&tags=%7B%22order.id%22%3A%22${order}%22%7D",
  },
  {
    title: "Its lines in Graylog",
    url: "http://127.0.0.1:7555/search?rangetype=relative&from=172800&q=order_id%3A${order}",
  },
];

export const order = dashboard(
  "order",
  "One order",
  "What happened to this order? Its traces and its log lines of all services in their order.",
  [
    row("Order ${order}", [
      text(
        "Where else to look",
        "Links to the order's story, traces and log lines.",
        [
          "Put the order's id in the field above. " +
            links.map(({ title, url }) => `[${title}](${url})`).join(" · "),
          "The story has its states in each service and its events too; so does `make order ID=${order}`.",
        ].join("\n\n"),
      ),
      traces(
        "Traces",
        "Every trace with a span of this order: one from its door to its last consumer for each step. The id opens it.",
        "order.id=$order",
      ),
      logs(
        "Log lines",
        "All lines of all services about this order, oldest first; trace_id leads to the trace.",
        'order_id:"$order"',
        16,
      ),
      logs(
        "What went wrong",
        "Its warnings and errors (syslog levels 4 and below).",
        'order_id:"$order" AND level:<=4',
        8,
      ),
    ]),
  ],
  { variables: [{ name: "order", label: "Order id" }], links },
);
