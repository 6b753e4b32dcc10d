import { z } from "zod";
import type { HttpClient } from "../../../platform/http";

/** A series at one moment. */
export type Sample = { labels: Record<string, string>; value: number };

/** The answer of Prometheus' `/api/v1/query` to an expression that is an instant vector. Values are texts, for JSON has no NaN. */
const vector = z.object({
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
    ),
  }),
});

/** Evaluates an expression now. */
export async function queryPrometheus(
  prometheus: HttpClient,
  expression: string,
  signal: AbortSignal,
): Promise<Sample[]> {
  const { data } = await prometheus.request({
    method: "GET",
    path: "/api/v1/query",
    route: "/api/v1/query",
    query: { query: expression },
    schema: vector,
    signal,
  });
  return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
