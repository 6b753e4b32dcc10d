import { highest, mean, orNone, orZero, quantile, rate, total } from "./expressions";
import { dashboard, latency, lines, number, row, table } from "./panels";

/** The steps of an order that are counted, and what they are called. */
const steps = {
  CREATED: "created",
  MODEL_UPLOADED: "with a model",
  PRICED: "priced",
  PAID: "paid",
  IN_PRODUCTION: "taken by an operator",
  DELIVERED: "completed",
} as const;

const reached = (period: string) => (status: string) =>
  highest("orders_reached", [], `status="${status}",period="${period}"`);

const numbers = (period: string, title: string) =>
  Object.entries(steps).map(([status, name]) =>
    number(
      `${title}: ${name}`,
      "short",
      `Orders that entered ${status} for the first time ${title.toLowerCase()} (UTC), by the event history.`,
      reached(period)(status),
    ),
  );

export const orders = dashboard(
  "orders",
  "Orders",
  "How many orders came, how far did they get, which are stuck, and do all services agree about them?",
  [
    row("Today", numbers("today", "Today")),
    row("Yesterday", numbers("yesterday", "Yesterday")),
    row("This month", numbers("month", "This month")),
    row("Now", [
      lines("Active orders", "short", "Orders in each status that is not final.", {
        "{{status}}": highest("orders_active", ["status"]),
      }),
      lines(
        "Longest in a status",
        "s",
        "How long the order that has been in a status longest has been there.",
        {
          "{{status}}": highest("orders_oldest_seconds", ["status"]),
        },
      ),
      lines("Orders entering a status", "ops", "For the first time, as CRM learned of it.", {
        "{{status}}": rate("order_status_entered_total", ["status"], 'service="crm"'),
      }),
      lines("Moved on because nobody did", "short", "Orders that expired in the range shown.", {
        "{{from}} to {{to}}": orNone("from", "sum by (from, to) (increase(order_expired_total[$__range]))"),
      }),
      lines(
        "Attempts to move an order",
        "ops",
        "By what became of them; all but moved tell the caller why.",
        {
          "{{to}} {{outcome}}": rate("order_moves_total", ["to", "outcome"]),
        },
      ),
      table(
        "Active orders by status",
        "short",
        "Orders that are in each status now.",
        `sort_desc(${highest("orders_active", ["status"])})`,
        { width: 8 },
      ),
    ]),
    row("How long it takes", [
      latency("From the model to the price", "From MODEL_UPLOADED to PRICED.", (q) =>
        quantile(q, "model_to_price_seconds"),
      ),
      lines(
        "Mean time to a price",
        "s",
        "From MODEL_UPLOADED to PRICED, by the model's size; and of a calculation alone.",
        {
          "{{size}}": mean("model_to_price_seconds", ["size"]),
          calculation: mean("pricing_calculation_seconds"),
        },
      ),
      latency(
        "From paid to visible",
        "From the payment in Shop to the operators' list.",
        (q) => quantile(q, "paid_to_visible_seconds"),
        { bounds: [2] },
      ),
      lines(
        "Commands that wait for an order",
        "s",
        "99 of 100 commands that came before the order did waited less.",
        {
          "{{service}}": quantile(0.99, "order_baton_wait_seconds", ["service"]),
        },
      ),
      lines(
        "Messages applied without error",
        "percentunit",
        "Share of settled messages that are no poison, over all groups.",
        `${rate("inbox_applied_total", [], 'outcome!="poison"')} / ${rate("inbox_applied_total")}`,
        { max: 1 },
      ),
      lines("Uploads of models", "ops", "By outcome; known is a model that was there.", {
        "{{outcome}}": rate("model_uploads_total", ["outcome"]),
      }),
    ]),
    row("Agreement", [
      lines(
        "Disagreements",
        "short",
        "That have lasted longer than their bound, by kind.",
        {
          "{{kind}}": orNone("kind", highest("reconciliation_disagreements", ["kind"])),
        },
        { bounds: [1] },
      ),
      lines(
        "Forks and repairs",
        "short",
        "In the range shown: events that contradict a stored one, events that the sweep had to fetch, repairs by reconciliation.",
        {
          "forks in {{service}}": "sum by (service) (increase(order_forks_total[$__range]))",
          "swept in {{service}}": "sum by (service) (increase(order_sweep_repairs_total[$__range]))",
          "repaired: {{kind}}": orNone(
            "kind",
            "sum by (kind) (increase(reconciliation_repairs_total[$__range]))",
          ),
        },
      ),
      lines("Compared", "ops", "What reconciliation looks at, by subject.", {
        "{{subject}}": orNone("subject", rate("reconciliation_checked_total", ["subject"])),
      }),
    ]),
    row("Partners", [
      lines(
        "Webhooks",
        "ops",
        "Attempts to deliver, by what came of the delivery.",
        { "{{outcome}}": orNone("outcome", rate("webhook_deliveries_total", ["outcome"])) },
        { width: 12 },
      ),
      lines(
        "Oldest webhook",
        "s",
        "Age of the delivery that has been pending longest.",
        highest("webhook_oldest_pending_seconds"),
        { width: 12 },
      ),
    ]),
    row("Who uses it", [
      lines(
        "Requests by API",
        "reqps",
        "At the gateway.",
        { "{{api}}": rate("user_requests_total", ["api"]) },
        { width: 12 },
      ),
      lines(
        "Open streams",
        "short",
        "Calls in flight to watch orders and calculations.",
        {
          "{{service}} {{grpc_method}}": orZero(
            `${total("grpc_server_in_flight", ["service", "grpc_method"], 'grpc_type="server_stream"')} > 0`,
          ),
        },
        { width: 12 },
      ),
    ]),
  ],
);
