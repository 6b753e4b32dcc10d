import { Client, type ClientConfig } from "pg";
import { sanitised, withoutLiterals } from "./sanitise";
import type { StatementShape } from "./statement";

/** Asks the server how it would run a statement. */
export type Explainer = {
  /**
   * The plan, with `?` for literals; undefined for what is not explained: anything but a plain SELECT, or when too many plans are waited for already.
   * Rejects when the server refuses or takes too long.
   */
  explain(shape: StatementShape, text: string): Promise<string | undefined>;
  close(): Promise<void>;
};

/** How long one plan may take, connecting included. */
const timeoutMs = 2_000;
const maxWaiting = 5;

/**
 * EXPLAIN without ANALYZE plans and does not run the statement. It has a connection of its own, opened for each plan and closed after it, in a transaction that
 * is read-only and never committed: the pool is what is short when statements are slow. One plan at a time.
 */
export function createExplainer(connection: ClientConfig): Explainer {
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let closed = false;
  return {
    async explain(shape, text) {
      if (closed || waiting >= maxWaiting || !mayExplain(shape, text)) return undefined;
      waiting++;
      const plan = tail.then(() => fetchPlan(connection, text));
      tail = plan.then(
        () => waiting--,
        () => waiting--,
      );
      return plan;
    },
    async close() {
      closed = true;
      await tail;
    },
  };
}

/** A statement that only reads, and is only one: EXPLAIN covers the first of several, the others would be run. */
function mayExplain({ operation }: StatementShape, text: string): boolean {
  return operation === "SELECT" && !/;\s*\S/.test(text) && !writes.test(sanitised(text));
}

const writes = /\b(INSERT|DELETE|MERGE|INTO)\b|(?<!\bFOR (?:NO KEY )?)\bUPDATE\b/i;

async function fetchPlan(connection: ClientConfig, text: string): Promise<string> {
  const client = new Client({
    ...connection,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs / 2,
    query_timeout: timeoutMs,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("BEGIN READ ONLY");
    // A parameter's value is not known here: PostgreSQL 16 and later plan for any, older ones refuse, and so there is no plan.
    const option = /\$\d/.test(text) ? "(GENERIC_PLAN) " : "";
    // Without values this is a simple query, which alone may have parameters that nobody binds.
    const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN ${option}${text}`);
    return withoutValues(rows.map((row) => row["QUERY PLAN"]).join("\n"));
  } finally {
    await client.end().catch(() => undefined);
  }
}

const estimates = /(\s+\(cost=[\d.]+ rows=\d+ width=\d+\)$)/m;

/** The planner writes literals into conditions; the figures of a node are not theirs. */
function withoutValues(plan: string): string {
  const parts = plan.split(estimates);
  return parts.map((part, at) => (at % 2 === 1 ? part : withoutLiterals(part))).join("");
}
