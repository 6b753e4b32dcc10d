import type { Order, Report } from "./messages";
import { type Variant, type VariantName, variants } from "./variants";

/** Requests that run at a time, one connection each. */
const concurrency = 8;
/** Queries of one request, one after another. */
const perRequest = 10;
const items = 1_000;

/** The client of one variant, as a process: `node client-process.js <variant>`, with the database in `BENCH_DATABASE_URL`. It is its own load. */
async function main(): Promise<void> {
  const [, , name = ""] = process.argv;
  const entry = variants[name as VariantName];
  if (!entry) throw new Error(`There is no variant ${name}.`);
  const variant = await entry.open(process.env["BENCH_DATABASE_URL"] ?? "");
  await check(variant, name);
  process.on("message", (order: Order) => {
    void runRound(variant, order).then((report) => process.send?.(report));
  });
  process.once("disconnect", () => process.exit(0));
  process.send?.({ kind: "ready" } satisfies Report);
}

async function runRound(variant: Variant, { queries, sampledShare }: Order): Promise<Report> {
  globalThis.gc?.();
  const requests = Math.ceil(queries / perRequest);
  let started = 0;
  let owed = 0;
  const work = async (): Promise<void> => {
    while (started < requests) {
      const first = started++ * perRequest;
      owed += sampledShare;
      const sampled = owed >= 1 - 1e-9;
      if (sampled) owed -= 1;
      await variant.request(sampled, async () => {
        for (let i = 0; i < perRequest; i++) await variant.query((first + i) % items);
      });
    }
  };
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: concurrency }, work));
  const { user, system } = process.cpuUsage(before);
  return { kind: "ran", cpuUs: user + system, seconds: (performance.now() - startedAt) / 1_000 };
}

/** A variant that observes nothing would win: one request, and it has to show. */
async function check(variant: Variant, name: string): Promise<void> {
  const [row] = await variant.request(true, () => variant.query(7));
  if (row?.id !== 7) throw new Error(`${name} did not fetch the row.`);
  const { metrics, spans } = await variant.observed();
  const expected = name.startsWith("bare") ? [0, 0] : [1, name === "ours, metrics" ? 0 : 1];
  // The instrumentation makes a span of its own for the wait for a connection.
  if (metrics !== expected[0] || Math.min(spans, 1) !== expected[1])
    throw new Error(`${name} observed ${metrics} by metrics and ${spans} by spans of one query.`);
}

void main();
