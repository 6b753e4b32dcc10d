import { AppError } from "../../../platform/errors";

/** What a source told: its data, or in words why there is none. */
export type Told<T> =
  | { state: "ok"; data: T }
  /** It is not configured; the text says how to get it. */
  | { state: "missing"; text: string }
  /** It was asked in vain. */
  | { state: "failed"; text: string };

/** Asks a source, and never throws: one that is down leaves its own part of a page empty and nothing else. `read` ends when its signal aborts, at the limit. */
export type Ask = <T>(name: string, read: (signal: AbortSignal) => Promise<T>) => Promise<Told<T>>;

/** Sources are asked side by side, each for at most `limitMs`: it is also the longest that a page takes. */
export function createAsk(limitMs: number): Ask {
  return async (name, read) => {
    const signal = AbortSignal.timeout(limitMs);
    try {
      return { state: "ok", data: await read(signal) };
    } catch (error) {
      if (signal.aborted || (error instanceof AppError && error.category === "deadline_exceeded"))
        return { state: "failed", text: `${name} did not answer within ${limitMs} ms.` };
      return { state: "failed", text: `${name} cannot be read: ${causeOf(error)}` };
    }
  };
}

export function missing(text: string): { state: "missing"; text: string } {
  return { state: "missing", text };
}

/** Our own words; those of other errors may name hosts and files, which the log is for. */
function causeOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  return code ?? "an unexpected answer";
}
