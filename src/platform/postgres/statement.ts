import { LRUCache } from "lru-cache";

/** A statement as telemetry names it; both parts have few values. */
export type StatementShape = {
  /** `SELECT`, `INSERT`, `BEGIN` ... in capitals. */
  operation: string;
  /** `db.query.summary`: the operation and the first table, `SELECT orders`. */
  summary: string;
};

const shapes = new LRUCache<string, StatementShape>({ max: 1_000 });

/** Names a statement by its text. The result is cached by the text, for the thousand texts last used. */
export function shapeOf(text: string): StatementShape {
  const known = shapes.get(text);
  if (known) return known;
  const shape = derive(text);
  shapes.set(text, shape);
  return shape;
}

const tokens = /'(?:[^']|'')*'|"[^"]+"(?:\."[^"]+")*|[a-z_][\w$.]*|[()]/gi;
const verbs = new Set(["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES"]);

function derive(text: string): StatementShape {
  const words = text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ").match(tokens) ?? [];
  const start = mainVerb(words);
  const operation = (words[start] ?? "UNKNOWN").toUpperCase();
  const table = targetOf(operation, words.slice(start + 1));
  return { operation, summary: table ? `${operation} ${table}` : operation };
}

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
