import { parser } from "@prometheus-io/lezer-promql";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

/** What an expression asks of one metric. */
export type Selector = { metric: string; labels: readonly string[]; from: number; to: number };

/**
 * The selectors of an expression in PromQL, in their order. Grafana's variables for durations (`[$__rate_interval]`) are read as five minutes. Throws an
 * Error that names the place when it does not parse, and for a selector without a name of its own.
 */
export function selectorsOf(promql: string): Selector[] {
  const text = promql.replace(/\[\s*\$\{?\w+\}?(?=\s*[\]:])/g, (found) => "[5m".padEnd(found.length));
  const found: Selector[] = [];
  parser.parse(text).iterate({
    enter: ({ node }) => {
      if (node.type.isError) throw notPromql(promql, node.from);
      if (node.name === "VectorSelector") found.push(selectorOf(text, node));
    },
  });
  return found;
}

/** Where the durations of an expression stand: ranges, steps and offsets, not numbers that are compared. */
export function durationsOf(promql: string): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  parser.parse(promql).iterate({
    enter: ({ node }) => {
      if (node.type.isError) throw notPromql(promql, node.from);
      if (node.name === "NumberDurationLiteralInDurationContext")
        found.push({ from: node.from, to: node.to });
    },
  });
  return found;
}

function selectorOf(text: string, node: SyntaxNode): Selector {
  const identifier = node.getChild("Identifier");
  const matchers = node.getChild("LabelMatchers");
  const labels: string[] = [];
  let named = "";
  for (let child = matchers?.firstChild ?? null; child; child = child.nextSibling) {
    const name = child.getChild("LabelName") ?? child.getChild("QuotedLabelName");
    if (child.name === "QuotedLabelName") named = unquoted(text, child);
    if (name === null) continue;
    const label = unquoted(text, name);
    if (label !== "__name__") labels.push(label);
    else if (child.getChild("MatchOp")?.getChild("EqlSingle"))
      named = unquoted(text, child.getChild("StringLiteral") ?? child);
  }
  const metric = identifier ? unquoted(text, identifier) : named;
  if (metric === "") throw new Error(`A selector names no metric: ${text.slice(node.from, node.to)}`);
  return { metric, labels, from: node.from, to: node.to };
}

function unquoted(text: string, { from, to }: SyntaxNode): string {
  return text.slice(from, to).replace(/^["'`]|["'`]$/g, "");
}

function notPromql(promql: string, at: number): Error {
  return new Error(`This is not PromQL from character ${at} on ("${promql.slice(at, at + 20)}"): ${promql}`);
}
