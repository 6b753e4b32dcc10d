import { Agent, request } from "undici";
import { type Closable } from "../../../platform/lifecycle";
import { withSpan } from "../../../platform/telemetry";
import { hostOf, isAddress, isPublic, publicLookup } from "./address-guard";

/** What came of one attempt. */
export type Posted = {
  at: Date;
  durationMs: number;
  /** Missing when there was no answer. */
  status?: number;
  /** Empty after 2xx. */
  error: string;
  /** The first kilobyte of the answer. */
  answer: string;
};

type Found = Omit<Posted, "at" | "durationMs">;

/** Posts to partners' servers. */
export type Poster = Closable & {
  post(url: string, headers: Record<string, string>, body: string): Promise<Posted>;
};

const keptBytes = 1_024;

/** `allowPrivate`: also to addresses that are not public. Never follows a redirection: it could lead anywhere. Whoever makes it closes it. */
export function createPoster({
  allowPrivate,
  timeoutMs,
}: {
  allowPrivate: boolean;
  timeoutMs: number;
}): Poster {
  const agent = new Agent({
    connect: { timeout: timeoutMs, ...(!allowPrivate && { lookup: publicLookup }) },
    connections: 4,
    keepAliveTimeout: 1_000,
  });

  async function attempt(url: string, headers: Record<string, string>, body: string): Promise<Found> {
    const host = hostOf(new URL(url));
    // No name, no look-up: an address is checked here.
    if (!allowPrivate && isAddress(host) && !isPublic(host))
      return { error: `${host} is not a public address`, answer: "" };
    const { statusCode, body: answer } = await request(url, {
      dispatcher: agent,
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "alexandrite-webhooks/1", ...headers },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const kept = await firstBytes(answer);
    const ok = statusCode >= 200 && statusCode < 300;
    return { status: statusCode, error: ok ? "" : `answered ${statusCode}`, answer: kept };
  }

  return {
    post: (url, headers, body) =>
      withSpan("webhook.post", { attributes: { "url.full": withoutQuery(url) } }, async (span) => {
        const at = new Date();
        const startedAt = performance.now();
        const found: Found = await attempt(url, headers, body).catch((error: unknown) => ({
          error: reasonOf(error),
          answer: "",
        }));
        const posted = { ...found, at, durationMs: Math.round(performance.now() - startedAt) };
        span.setAttributes({
          "webhook.error": posted.error,
          "http.response.status_code": posted.status ?? 0,
        });
        return posted;
      }),
    close: () => agent.destroy(),
  };
}

/** Reads no more than is kept: an answer without an end is nobody's business. An answer that breaks off has told its status, which is what counts. */
async function firstBytes(answer: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= keptBytes) break;
    }
  } catch {
    // Too slow, or the connection is gone.
  }
  answer.destroy();
  // NUL is what the database does not take.
  return Buffer.concat(chunks).subarray(0, keptBytes).toString().replaceAll("\0", "\ufffd");
}

/** A partner may keep a token there. */
function withoutQuery(url: string): string {
  return url.split("?", 1)[0] ?? "";
}

function reasonOf(error: unknown): string {
  const { name = "", message = "", code = "" } = Object(error) as Partial<Record<string, string>>;
  if (name === "TimeoutError") return "no answer in time";
  return (message || code || name || String(error)).slice(0, 500);
}
