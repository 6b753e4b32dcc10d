/**
 * PromQL as dashboards write it. `where` is what stands between the braces; the range is Grafana's `$__rate_interval`, which is never shorter than
 * what `rate` needs.
 */

/** Codes that are the server's fault; a refusal for load is none (saturation), nor is what a caller did wrong. */
export const faultCodes = "Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss";

/** Calls of our own APIs, without health checks and reflection. */
export const ownApi = 'grpc_service=~"alexandrite.*"';

/** HTTP requests that are answered at once: event streams last as long as somebody listens. */
export const answeredAtOnce = 'route!~".*/(events|calculation)"';

/** Per second, added up by the labels. */
export function rate(metric: string, by: readonly string[] = [], where = ""): string {
  return `${sum(by)} (rate(${selector(metric, where)}[$__rate_interval]))`;
}

/** How many came in the range that is shown. */
export function increase(metric: string, by: readonly string[] = [], where = ""): string {
  return `${sum(by)} (increase(${selector(metric, where)}[$__range]))`;
}

/** The value that a share `q` of a histogram's observations is below. */
export function quantile(q: number, metric: string, by: readonly string[] = [], where = ""): string {
  return `histogram_quantile(${q}, ${rate(`${metric}_bucket`, [...by, "le"], where)})`;
}

/** A histogram's mean. */
export function mean(metric: string, by: readonly string[] = [], where = ""): string {
  return `${rate(`${metric}_sum`, by, where)} / ${rate(`${metric}_count`, by, where)}`;
}

/** A histogram's observations by bucket, for a heatmap. */
export function buckets(metric: string, where = ""): string {
  return rate(`${metric}_bucket`, ["le"], where);
}

/** A gauge added up by the labels. */
export function total(metric: string, by: readonly string[] = [], where = ""): string {
  return `${sum(by)} (${selector(metric, where)})`;
}

/** A gauge's highest value by the labels: right for what every instance tells about the same thing. */
export function highest(metric: string, by: readonly string[] = [], where = ""): string {
  return `max${by.length > 0 ? ` by (${by.join(", ")})` : ""} (${selector(metric, where)})`;
}

/** Which share of the whole a part is; 0 where the part has no series yet. Both have the same labels. */
export function ratio(part: string, whole: string): string {
  return `(${part} or ${whole} * 0) / ${whole}`;
}

/** The expression, or a zero named `none` in the label while there is no series: what counts failures has none before the first. */
export function orNone(label: string, expr: string): string {
  return `${expr} or on () label_replace(vector(0), "${label}", "none", "", "")`;
}

/** The expression, or zero while there is no series. */
export function orZero(expr: string): string {
  return `${expr} or on () vector(0)`;
}

export function selector(metric: string, where = ""): string {
  return where === "" ? metric : `${metric}{${where}}`;
}

function sum(by: readonly string[]): string {
  return by.length > 0 ? `sum by (${by.join(", ")})` : "sum";
}
