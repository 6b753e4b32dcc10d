import type { AppError } from "../../platform/errors";
import type { Client, PlainMetadata, RpcService } from "../../platform/grpc";

/** What came of a call: `ADMITTED` when the service answered, or refused for another reason than who calls and which object it is. */
export type Outcome = {
  told: "ADMITTED" | "UNAUTHENTICATED" | "PERMISSION_DENIED" | "NOT_FOUND" | "ALREADY_EXISTS";
  /** The reason, or nothing. */
  reason: string;
  /** What was said, without ids. */
  text: string;
  ms: number;
  answer: unknown;
};

/** How long a call may take; also what a missing order is waited for. */
export const deadlineMs = 4_000;

const uuids = /[0-9a-f]{8}-[0-9a-f-]{27}/g;
const verdicts = {
  unauthenticated: "UNAUTHENTICATED",
  permission_denied: "PERMISSION_DENIED",
  not_found: "NOT_FOUND",
  already_exists: "ALREADY_EXISTS",
} as const;

export function outcomeOf(told: Outcome["told"], ms: number, more: Partial<Outcome> = {}): Outcome {
  return { told, reason: "", text: "", answer: undefined, ...more, ms };
}

/** What a refusal tells; ids are left out, for they tell nothing. */
export function toldBy(category: string, reason: string, message: string, ms: number): Outcome {
  const told = verdicts[category as keyof typeof verdicts] ?? "ADMITTED";
  return outcomeOf(told, ms, { reason, text: message.replaceAll(uuids, "<id>") });
}

/** Makes one call of whatever kind: of a stream of answers the first message counts, and a stream that says nothing is admitted. */
export async function makeCall(
  client: Client<RpcService>,
  key: string,
  { requestStream, responseStream }: { requestStream: boolean; responseStream: boolean },
  request: object | readonly object[],
  metadata: PlainMetadata,
  mayWait: boolean,
): Promise<Outcome> {
  const startedAt = performance.now();
  const ended = new AbortController();
  const method = client[key] as (
    given: unknown,
    options: object,
  ) => Promise<unknown> & AsyncIterable<unknown>;
  const options = { metadata, deadlineMs, signal: ended.signal };
  const given = requestStream
    ? messages(request as readonly object[], responseStream ? ended.signal : undefined)
    : request;
  const outcome = (told: Outcome["told"], more: Partial<Outcome> = {}): Outcome =>
    outcomeOf(told, performance.now() - startedAt, more);
  try {
    if (!responseStream) return outcome("ADMITTED", { answer: await method(given, options) });
    const quiet = setTimeout(() => ended.abort(), deadlineMs * 2);
    try {
      for await (const answer of method(given, options)) return outcome("ADMITTED", { answer });
      return outcome("ADMITTED");
    } finally {
      clearTimeout(quiet);
    }
  } catch (error) {
    const { category, reason = "", message } = error as AppError;
    // Whoever is let wait for an order that does not come is told as much as by NOT_FOUND.
    if (category === "deadline_exceeded") return outcome(mayWait ? "NOT_FOUND" : "ADMITTED");
    if (category === "unavailable" || category === "internal" || category === undefined) throw error;
    return toldBy(category, reason, message, performance.now() - startedAt);
  } finally {
    ended.abort();
  }
}

async function* messages(list: readonly object[], open?: AbortSignal): AsyncGenerator<object> {
  yield* list;
  if (open) await new Promise((resolve) => open.addEventListener("abort", resolve, { once: true }));
}
