import { highest, orNone, orZero, quantile, rate, ratio } from "./expressions";
import { dashboard, latency, lines, number, row } from "./panels";

const provider = 'client="payments"';
const attempts = rate("http_client_request_duration_seconds_count", [], provider);
const failed = rate("http_client_request_duration_seconds_count", [], `${provider},code!~"2..|4.."`);

export const payments = dashboard("payments", "Payments", "Is every payment known, and every refund made?", [
  row("Now", [
    number(
      "Results unknown",
      "short",
      "Payment intents that neither succeeded nor failed yet.",
      highest("payment_intents_open"),
    ),
    number(
      "Oldest unknown",
      "s",
      "Age of the oldest of them.",
      highest("payment_intent_oldest_open_seconds"),
      { bounds: [30, 120] },
    ),
    number("Refunds to make", "short", "Still to be made.", highest("payment_refunds_pending")),
    number(
      "Oldest refund",
      "s",
      "Age of the oldest refund that is still to be made.",
      highest("payment_refund_oldest_pending_seconds"),
      { bounds: [60, 300] },
    ),
    number(
      "Disagreements",
      "short",
      "Between Shop and the provider's ledger, beyond the bound.",
      orZero('sum(max by (kind) (reconciliation_disagreements{kind="payments"}))'),
      { bounds: [1] },
    ),
  ]),
  row("Payments and refunds", [
    lines("Payments by how they ended", "ops", "Captured, declined, voided.", {
      "{{outcome}}": orNone("outcome", rate("payment_intents_total", ["outcome"])),
    }),
    lines("Rounds of the resolver", "ops", "Over one intent, by outcome.", {
      "{{outcome}}": orNone("outcome", rate("payment_resolutions_total", ["outcome"])),
    }),
    lines("Attempts to refund", "ops", "By outcome.", {
      "{{outcome}}": orNone("outcome", rate("payment_refunds_total", ["outcome"])),
    }),
    lines(
      "Age of the oldest",
      "s",
      "Payment whose result is not known, and refund that is still to be made.",
      {
        payment: highest("payment_intent_oldest_open_seconds"),
        refund: highest("payment_refund_oldest_pending_seconds"),
      },
    ),
  ]),
  row("The provider", [
    lines("Calls by status", "reqps", "402 is a declined card; a word is an error without status.", {
      "{{code}}": orNone("code", rate("http_client_request_duration_seconds_count", ["code"], provider)),
    }),
    latency("Latency of calls", "Time of one attempt; the points lead to their traces.", (q) =>
      quantile(q, "http_client_request_duration_seconds", [], provider),
    ),
    lines(
      "Provider's error ratio",
      "percentunit",
      "Share of attempts that got no answer that counts.",
      ratio(failed, attempts),
    ),
    lines(
      "Tried again",
      "ops",
      "Calls to the provider.",
      orZero(rate("http_client_retries_total", [], provider)),
      {
        width: 12,
      },
    ),
    lines(
      "Its ledger's requests",
      "reqps",
      "What the provider answered, by route and status.",
      {
        "{{route}} {{code}}": rate(
          "http_server_request_duration_seconds_count",
          ["route", "code"],
          'service="payments"',
        ),
      },
      { width: 12 },
    ),
  ]),
]);
