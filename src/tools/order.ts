import { Argument, Command, InvalidArgumentError } from "commander";
import { loadSettings } from "../stack/settings";
import type { Row } from "./order/databases";
import { readStory, type Story } from "./order/story";

/** Prints all that is known of an order: where Shop, CRM and MES see it, what happened, what was paid, how it was priced, and where to look further. */
async function main(): Promise<number> {
  const [orderId] = new Command("order")
    .addArgument(new Argument("<id>", "the order's id").argParser(uuid))
    .parse().processedArgs as [string];
  const settings = loadSettings();
  const story = await readStory(settings, orderId);
  console.log(render(orderId, story).join("\n"));
  const { states } = story;
  return states.some(({ row }) => typeof row === "object") ? 0 : 1;
}

function render(orderId: string, { states, events, payment, pricing, traces }: Story): string[] {
  return [
    `Order ${orderId}`,
    "",
    "Where it stands",
    ...states.map(({ service, row }) => `  ${service.padEnd(5)} ${describeState(row)}`),
    ...disagreement(states),
    "",
    "What happened",
    ...(events.length === 0 ? ["  nothing that is known"] : events.map(describeEvent)),
    "",
    "Payment",
    ...list(
      payment.intents,
      (row) => `${text(row["state"])}  ${text(row["key"])}  ${money(row)}  card ${text(row["card_last4"])}`,
    ),
    `  ledger: ${typeof payment.ledger === "string" ? payment.ledger : JSON.stringify(payment.ledger)}`,
    "",
    "Pricing jobs",
    ...list(pricing, describeJob),
    "",
    "Traces",
    ...list(
      traces,
      (row) =>
        `${text(row["traceId"])}  ${text(row["durationMs"])} ms  ${text(row["root"])}  ${text(row["services"])}`,
    ),
    "",
    "Look further",
    `  make logs ORDER=${orderId} FOLLOW=0`,
    "  curl -s http://127.0.0.1:4318/traces/<trace id>       (without Docker)",
    `  http://127.0.0.1:16686/search?tags=%7B%22order.id%22%3A%22${orderId}%22%7D   (Jaeger, with Docker)`,
  ];
}

function describeState(row: Row | string | undefined): string {
  if (row === undefined) return "does not know it";
  if (typeof row === "string") return `could not be asked: ${row}`;
  return `v${text(row["version"])}  ${text(row["status"]).padEnd(14)}  since ${text(row["updated_at"])}  owner ${text(row["owner_id"])}`;
}

function disagreement(states: Story["states"]): string[] {
  const versions = new Set(states.map(({ row }) => (typeof row === "object" ? row["version"] : "unknown")));
  return versions.size > 1
    ? ["  They differ: an event is on its way, or see the dead letters and parked messages."]
    : [];
}

function describeEvent(row: Row): string {
  const where = row["published_at"]
    ? `partition ${text(row["kafka_partition"])} offset ${text(row["kafka_offset"])}`
    : "not published yet";
  const trace = text(row["traceparent"]).split("-")[1] ?? "";
  return `  v${text(row["version"]).padEnd(3)} ${text(row["status"]).padEnd(14)} by ${text(row["source"]).padEnd(4)}  ${text(row["occurred_at"])}  ${where}  trace ${trace}`;
}

function describeJob(row: Row): string {
  const { job_id, state, fence, tries, progress, model_sha256, material, finish } = row;
  return `${text(state)}  ${text(job_id)}  fence ${text(fence)}  tries ${text(tries)}  progress ${text(progress)}  model ${text(model_sha256).slice(0, 12)}…  ${text(material)} ${text(finish)}`;
}

function money(row: Row): string {
  return `${(Number(row["amount_minor"]) / 100).toFixed(2)} ${text(row["currency"])}`;
}

function list(rows: Row[] | string, describe: (row: Row) => string): string[] {
  if (typeof rows === "string") return [`  could not be asked: ${rows}`];
  return rows.length === 0 ? ["  none"] : rows.map((row) => `  ${describe(row)}`);
}

function text(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value)
    ? value.join(" ")
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value as string | number);
}

function uuid(given: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(given)) return given;
  throw new InvalidArgumentError("An order's id is a UUID.");
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
