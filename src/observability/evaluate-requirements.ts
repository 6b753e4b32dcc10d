import { evaluateExpressions } from "./dashboards";
import { requirements, type Requirement } from "./requirements";

/** A requirement that a Prometheus has nothing for: no series, none with a number, or what it said when it refused the expression. */
export type Unmet = Requirement & { error?: string };

/**
 * Asks the Prometheus at `url` for the present value of every requirement's expression, and tells those that come to nothing. Throws when Prometheus does not answer within 10 s.
 */
export async function unmetRequirements(
  url: string,
  of: readonly Requirement[] = requirements,
): Promise<Unmet[]> {
  const expressions = of.map(({ promql, panel: [dashboard, panel] }) => ({ dashboard, panel, expr: promql }));
  const answers = await evaluateExpressions(url, expressions);
  return of.flatMap((requirement, n) => {
    const answer = answers[n];
    if (answer !== undefined && answer.numbers > 0) return [];
    return [{ ...requirement, ...(answer?.error !== undefined && { error: answer.error }) }];
  });
}
