import type { PlainMetadata } from "../../platform/grpc";
import { deadlineMs, type Outcome, outcomeOf, toldBy } from "./call";
import type { RouteRule } from "./gateway-rules";

/** A route as the gateway has it. */
export type Route = { method: string; path: string };

/** The routes of a running gateway: their series exist from the start, see docs/platform/http.md. */
export async function routesOf(adminUrl: string): Promise<Route[]> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const series =
    /^http_server_request_duration_seconds_count\{method="([A-Z]+)",route="([^"]+)",code="200"\}/gm;
  return [...text.matchAll(series)].map(([, method = "", path = ""]) => ({ method, path }));
}

type Asked = {
  gatewayUrl: string;
  route: Route;
  rule: Exclude<RouteRule, "pages">;
  orderId: string;
  /** Fields of a command. */
  command: object;
  headers: PlainMetadata;
  mayWait: boolean;
};

/** Makes one request; of a stream the first event counts, and one that says nothing is admitted unless its object may be waited for. */
export async function makeRequest(asked: Asked): Promise<Outcome> {
  const { gatewayUrl, route, rule, orderId, command, headers, mayWait } = asked;
  const startedAt = performance.now();
  const ms = (): number => performance.now() - startedAt;
  const path = route.path.replace(":orderId", orderId).replace(":traceId", orderId.replaceAll("-", ""));
  const url = new URL(path, gatewayUrl);
  for (const [name, value] of Object.entries(rule.query ?? {})) url.searchParams.set(name, value);
  const type = rule.body === undefined ? "application/json" : "application/octet-stream";
  try {
    const response = await fetch(url, {
      method: route.method,
      headers: { ...headers, ...(route.method !== "GET" && { "content-type": type }) },
      ...(route.method !== "GET" && { body: rule.body ?? JSON.stringify(command) }),
      signal: AbortSignal.timeout(deadlineMs),
    });
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    const answer = isStream ? await firstEvent(response) : ((await response.json()) as unknown);
    const { error } = answer as { error?: { code: string; reason: string; message: string } };
    if (!error) return outcomeOf("ADMITTED", ms(), { answer });
    if (["unavailable", "internal", "unknown"].includes(error.code)) throw new Error(JSON.stringify(error));
    return toldBy(error.code, error.reason, error.message, ms());
  } catch (error) {
    // Whoever is let wait for an order that does not come is told as much as by NOT_FOUND.
    if ((error as Error).name !== "TimeoutError") throw error;
    return outcomeOf(mayWait ? "NOT_FOUND" : "ADMITTED", ms());
  }
}

/** The first event's data; a refusal as the body of any other answer has it. */
async function firstEvent(response: Response): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    const data = /^data: (.*)\n\n/m.exec(text)?.[1];
    if (data !== undefined) return JSON.parse(data) as unknown;
  }
  return {};
}
