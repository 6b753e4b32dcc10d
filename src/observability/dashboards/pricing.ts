import { buckets, highest, mean, orNone, quantile, rate, total } from "./expressions";
import { dashboard, heatmap, latency, lines, number, row } from "./panels";

export const pricing = dashboard(
  "pricing",
  "Pricing",
  "Does every model get its price in time? The queue, the workers, the calculations.",
  [
    row("Now", [
      number("Jobs that wait", "short", "For a worker.", highest("pricing_jobs", [], 'state="queued"')),
      number("Jobs that run", "short", "Held by workers.", highest("pricing_jobs", [], 'state="running"')),
      number(
        "Oldest job",
        "s",
        "Age of the job that has waited longest for a worker.",
        highest("pricing_queue_oldest_seconds"),
        { bounds: [30, 60] },
      ),
      number(
        "Estimated wait",
        "s",
        "Of a calculation that is asked for now.",
        highest("pricing_wait_estimate_seconds"),
        { bounds: [60, 300] },
      ),
      number("Workers", "short", "Pricing processes that answer.", 'sum(up{service="pricing"})'),
      number("Slots busy", "short", "Calculations that run now.", total("pricing_slots_busy")),
    ]),
    row("The queue", [
      lines("Jobs by state", "short", "Queued or running.", {
        "{{state}}": highest("pricing_jobs", ["state"]),
      }),
      lines("Oldest job and estimated wait", "s", "New orders are refused by the estimate.", {
        oldest: highest("pricing_queue_oldest_seconds"),
        estimate: highest("pricing_wait_estimate_seconds"),
      }),
      lines("Refused", "ops", "Orders and uploads, because the queue is too long, by the caller's role.", {
        "{{role}}": orNone("role", rate("pricing_refused_total", ["role"])),
      }),
      latency(
        "From the wish to its end",
        "A price or a refusal; near zero for a price that was there.",
        (q) => quantile(q, "pricing_wait_seconds"),
      ),
      lines(
        "From the model to the price, 95 of 100",
        "s",
        "By the model's size; the promise for those under 10 MB is 60 s.",
        {
          "{{size}}": quantile(0.95, "model_to_price_seconds", ["size"]),
        },
        { bounds: [60] },
      ),
      heatmap(
        "From the model to the price",
        "s",
        "How many orders got their price in which time.",
        buckets("model_to_price_seconds"),
      ),
    ]),
    row("The workers", [
      lines("Jobs ended", "ops", "By outcome: done, or the reason of the failure.", {
        "{{outcome}}": rate("pricing_worker_jobs_total", ["outcome"]),
      }),
      lines("Reports of workers", "ops", "By kind and whether their lease still held.", {
        "{{kind}} {{outcome}}": rate("pricing_reports_total", ["kind", "outcome"]),
      }),
      lines("Slots busy by worker", "short", "Calculations that run in each process.", {
        "{{instance}}": total("pricing_slots_busy", ["instance"]),
      }),
      lines(
        "Streams to MES",
        "short",
        "Opened in the range shown: a worker opens a new one when it has lost the last.",
        {
          "{{instance}}": "sum by (instance) (increase(pricing_sessions_total[$__range]))",
        },
      ),
      lines(
        "Prices that could not be set",
        "ops",
        "Orders whose price is there and that could not be moved on to it; above 0 is a bug.",
        rate("pricing_completion_failures_total"),
        { bounds: [0.001] },
      ),
      lines(
        "Child processes",
        "ops",
        "Calculations' processes that ended, by outcome: ok, or why they were ended.",
        {
          "{{outcome}}": rate("child_process_handled_total", ["outcome"], 'service="pricing"'),
        },
      ),
    ]),
    row("The calculations", [
      lines("Calculation, 95 of 100", "s", "From the lease to the end, by the model's format.", {
        "{{format}}": quantile(0.95, "pricing_calculation_seconds", ["format"]),
      }),
      lines("Mean calculation", "s", "By the model's format.", {
        "{{format}}": mean("pricing_calculation_seconds", ["format"]),
      }),
      lines("CPU of calculations", "percentunit", "Processors that calculations keep busy.", {
        "{{instance}}": rate("pricing_cpu_seconds_total", ["instance"]),
      }),
      lines(
        "Uploads",
        "ops",
        "Of models, by outcome.",
        { "{{outcome}}": rate("model_uploads_total", ["outcome"]) },
        { width: 12 },
      ),
      lines("Bytes of models", "Bps", "Received.", rate("model_upload_bytes_total"), { width: 12 }),
    ]),
  ],
);
