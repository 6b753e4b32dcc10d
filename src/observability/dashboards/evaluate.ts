import { expressionsOf, type PanelExpression } from "./all";

/** What Grafana would put in for its variables. */
export type Substitutes = {
  /** For `$__rate_interval`; default `1m`. Not shorter than four scrapes. */
  rateInterval?: string;
  /** For `$__range`; default `5m`. */
  range?: string;
};

export type Evaluation = PanelExpression & {
  /** How many series the answer has. */
  series: number;
  /** How many of them have a number: a quantile of no calls is NaN. */
  numbers: number;
  /** Prometheus' message when it refused the expression. */
  error?: string;
};

/** An expression as Prometheus takes it: Grafana's durations put in, its own variables as "all". */
export function substitute(expr: string, { rateInterval = "1m", range = "5m" }: Substitutes = {}): string {
  return expr
    .replaceAll("$__rate_interval", rateInterval)
    .replaceAll("$__range", range)
    .replaceAll(/\$\w+/g, ".*");
}

/**
 * Asks the Prometheus at `url` for the present value of the expressions, one after another. An expression without series, or that is refused, is told as
 * such; throws when Prometheus does not answer within 10 s. By default all expressions but those that not every way to run the system has series for.
 */
export async function evaluateExpressions(
  url: string,
  expressions: readonly PanelExpression[] = expressionsOf().filter(({ onlyWith }) => onlyWith === undefined),
  substitutes: Substitutes = {},
): Promise<Evaluation[]> {
  const evaluations: Evaluation[] = [];
  for (const expression of expressions) {
    const answer = await ask(url, substitute(expression.expr, substitutes));
    evaluations.push({ ...expression, ...answer });
  }
  return evaluations;
}

type Answer = {
  error?: string;
  data?: { resultType: "vector" | "scalar"; result: { value: [number, string] }[] };
};

async function ask(url: string, query: string): Promise<Omit<Evaluation, keyof PanelExpression>> {
  const response = await fetch(new URL("/api/v1/query", url), {
    method: "POST",
    body: new URLSearchParams({ query }),
    signal: AbortSignal.timeout(10_000),
  });
  const { error, data } = (await response.json()) as Answer;
  if (error !== undefined) return { series: 0, numbers: 0, error };
  const values = data?.resultType === "vector" ? data.result.map(({ value }) => value[1]) : [];
  return { series: values.length, numbers: values.filter((value) => value !== "NaN").length };
}
