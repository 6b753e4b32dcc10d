import { AppError } from "../errors";
import { currentScope } from "../telemetry";
import type { HttpRequest } from "./client";

type AttemptLimit = {
  signal: AbortSignal;
  /** Why the signal was aborted; undefined while it was not. */
  failure(): AppError | undefined;
  clear(): void;
};

/** One signal for the attempt's own time, the scope's deadline and signal, and the caller's signal; says which it was. */
export function limitOf(name: string, request: HttpRequest<unknown>, timeoutMs: number): AttemptLimit {
  const scope = currentScope();
  const abort = new AbortController();
  let failure: AppError | undefined;
  const fail = (category: "deadline_exceeded" | "cancelled", reason: string, message: string) => {
    failure ??= new AppError({ category, reason, message });
    abort.abort();
  };
  const leftMs = scope?.deadlineAt === undefined ? Infinity : Math.max(0, scope.deadlineAt - Date.now());
  const ms = Math.min(timeoutMs, leftMs);
  const timer = setTimeout(() => {
    if (leftMs <= timeoutMs)
      fail("deadline_exceeded", "DEADLINE_EXCEEDED", `The deadline passed while ${name} was asked.`);
    else fail("deadline_exceeded", "PEER_TIMEOUT", `${name} did not answer within ${timeoutMs} ms.`);
  }, ms);
  const cancel = () => fail("cancelled", "CANCELLED", `The caller left while ${name} was asked.`);
  const signals = [scope?.signal, request.signal].filter((signal) => signal !== undefined);
  for (const signal of signals) {
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
  }
  return {
    signal: abort.signal,
    failure: () => failure,
    clear() {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", cancel);
    },
  };
}
