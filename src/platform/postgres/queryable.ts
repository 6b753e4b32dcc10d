import type { QueryResult } from "pg";
import type { Queryable } from "./types";

/** The four ways to ask, over one way to run. */
export function queryableOver(
  run: (text: string, values: readonly unknown[]) => Promise<QueryResult>,
): Queryable {
  const rows = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await run(text, values)).rows as Row[];
  return {
    query: rows,
    async one<Row>(text: string, values?: readonly unknown[]) {
      const found = await rows<Row>(text, values);
      if (found.length !== 1) throw new Error(`Expected one row, got ${found.length}: ${text}`);
      return found[0] as Row;
    },
    async maybeOne<Row>(text: string, values?: readonly unknown[]) {
      const found = await rows<Row>(text, values);
      if (found.length > 1) throw new Error(`Expected at most one row, got ${found.length}: ${text}`);
      return found[0];
    },
    async execute(text, values = []) {
      return (await run(text, values)).rowCount ?? 0;
    },
  };
}
