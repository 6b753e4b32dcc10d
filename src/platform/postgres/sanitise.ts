/**
 * What a lexer of PostgreSQL would see, as far as it matters for values: comments, literals of all notations, names, parameters, numbers.
 * Source of the notations: https://www.postgresql.org/docs/18/sql-syntax-lexical.html
 */
const lexemes = new RegExp(
  [
    String.raw`((?:--[^\n]*|/\*[\s\S]*?(?:\*/|$)|\s)+)`, // 1: what separates
    String.raw`("(?:[^"]|"")*"|\$\d+)`, // 2: a quoted name, a parameter
    String.raw`((?:\b[eE]'(?:[^'\\]|\\[\s\S]|'')*|\b(?:[bBxXnN]|[uU]&)'(?:[^']|'')*|'(?:[^']|'')*)(?:'|$))`, // 3: a string
    String.raw`(\$(?<tag>(?:[A-Za-z_]\w*)?)\$[\s\S]*?(?:\$\k<tag>\$|$))`, // 4: a string between dollars
    String.raw`([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`, // 6: a name or a keyword
    String.raw`((?:\d[\w]*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)`, // 7: a number
  ].join("|"),
  "gi",
);

/**
 * The statement without values: each literal becomes `?`, comments go, white space becomes one space. Parameters (`$1`) and names stay.
 * The convention leaves a parameterised text alone; we do not, for a literal that somebody pasted into it is a value all the same.
 */
export function sanitised(text: string): string {
  return replaced(text, () => " ").trim();
}

/** The same with the lines and indents as they are, for a text that has no comments. */
export function withoutLiterals(text: string): string {
  return replaced(text, (space) => space);
}

function replaced(text: string, separator: (space: string) => string): string {
  return text.replace(
    lexemes,
    (_all, space?: string, kept?: string, literal?: string, dollars?: string, ...rest: unknown[]) => {
      if (space !== undefined) return separator(space);
      if (literal !== undefined || dollars !== undefined) return "?";
      return kept ?? (rest[1] as string | undefined) ?? "?";
    },
  );
}
