import type { QueryResult } from "pg";
import type { Queryable } from "./types";

/** The four ways to ask, over one way to run. */
export function queryableOver(
  run: (text: string, values: readonly unknown[]) => Promise<QueryResult>,
): Queryable {
  const rows = <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    run(text, values).then<Row[], never>(rowsOf, rethrow);
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
      return (await run(text, values).catch(rethrow)).rowCount ?? 0;
    },
  };
}

const rowsOf = ({ rows }: QueryResult) => rows;

/** The error was made when the socket was read; from here its trace leads to whoever asked. */
function rethrow(error: unknown): never {
  if (error instanceof Error) Error.captureStackTrace(error, rethrow);
  throw error;
}
