import { sanitised } from "./sanitise";

/** A statement as telemetry names it; operation and summary have few values. */
export type StatementShape = {
  /** `SELECT`, `INSERT`, `BEGIN` ... in capitals. */
  operation: string;
  /** `db.query.summary`: the operation and the first table, `SELECT orders`; at most 100 characters. */
  summary: string;
  /** `db.query.text`: the statement without comments and with `?` for each literal; at most 2,000 characters. */
  text: string;
  /** The same with lists of values cut short, so that batches of different lengths are one. */
  pattern: string;
};

const maxTextLength = 2_000;
const maxSummaryLength = 100;

/** Names a statement by its text. Takes microseconds: keep what it returns. */
export function shapeOf(text: string): StatementShape {
  const clean = sanitised(text);
  const words = clean.match(tokens) ?? [];
  const start = mainVerb(words);
  const operation = (words[start] ?? "UNKNOWN").toUpperCase().slice(0, maxSummaryLength);
  const table = targetOf(operation, words.slice(start + 1));
  return {
    operation,
    summary: (table ? `${operation} ${table}` : operation).slice(0, maxSummaryLength),
    text: clean.slice(0, maxTextLength),
    pattern: clean.replace(listOfValues, "(...)").replace(listOfRows, "(...)").slice(0, maxTextLength),
  };
}

const listOfValues = /\(\s*(?:\$\d+|\?)(?:\s*,\s*(?:\$\d+|\?))*\s*\)/g;
const listOfRows = /\(\.\.\.\)(?:\s*,\s*\(\.\.\.\))+/g;
const tokens = /"[^"]+"(?:\."[^"]+")*|[a-z_][\w$.]*|[()]/gi;
const verbs = new Set(["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES"]);

/** A `WITH` list stands before the verb, in parentheses. */
function mainVerb(words: readonly string[]): number {
  if (words[0]?.toUpperCase() !== "WITH") return 0;
  let depth = 0;
  for (const [at, word] of words.entries()) {
    if (word === "(") depth++;
    else if (word === ")") depth--;
    else if (depth === 0 && verbs.has(word.toUpperCase())) return at;
  }
  return 0;
}

function targetOf(operation: string, rest: readonly string[]): string | undefined {
  switch (operation) {
    case "SELECT":
    case "DELETE":
      return after(rest, "FROM");
    case "INSERT":
    case "MERGE":
      return after(rest, "INTO");
    case "UPDATE":
    case "TRUNCATE":
      return named(rest.find((word) => !/^(only|table)$/i.test(word)));
    default:
      return undefined;
  }
}

function after(words: readonly string[], keyword: string): string | undefined {
  let depth = 0;
  let nested: string | undefined;
  for (const [at, word] of words.entries()) {
    if (word === "(") depth++;
    else if (word === ")") depth--;
    else if (word.toUpperCase() === keyword) {
      const table = named(words.slice(at + 1).find((next) => !/^(only|lateral)$/i.test(next)));
      if (depth === 0) return table ?? nested;
      nested ??= table;
    }
  }
  return nested;
}

function named(word: string | undefined): string | undefined {
  return word && /^[a-z_"]/i.test(word) ? word.replaceAll('"', "") : undefined;
}
