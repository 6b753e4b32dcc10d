import type { Readable, Writable } from "node:stream";
import { AppError } from "../errors";

/**
 * The messages of a stream until it ends or `signal` aborts; each is handed to `inspect` first. Stopping early leaves the stream open: whoever owns
 * the call decides how it ends.
 */
export async function* readMessages<T>(
  stream: Readable,
  signal: AbortSignal,
  inspect: (message: T) => void,
): AsyncGenerator<T> {
  const abort = (): void => void stream.destroy(goneError());
  if (signal.aborted) throw goneError();
  signal.addEventListener("abort", abort, { once: true });
  try {
    for await (const message of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<T>) {
      inspect(message);
      yield message;
    }
    if (signal.aborted) throw goneError();
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/**
 * Writes all of `source` to `sink`, no faster than the other side reads. When `signal` aborts the source is told to stop
 * (`return()`), even while it is waiting for its next item.
 */
export async function writeMessages<T>(
  source: AsyncIterable<T>,
  sink: Writable,
  signal: AbortSignal,
  onWrite?: () => void,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  const gone = whenAborted(signal);
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), gone.promise]);
      if (next.done) return;
      onWrite?.();
      if (!sink.write(next.value)) await Promise.race([drained(sink), gone.promise]);
    }
  } catch (error) {
    // Not awaited: a generator that waits for something runs its `finally` only when that something ends.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
    throw error;
  } finally {
    gone.forget();
  }
}

function drained(sink: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      sink.off("drain", done).off("close", done).off("error", done);
      resolve();
    };
    sink.on("drain", done).on("close", done).on("error", done);
  });
}

/** A promise that rejects when the signal aborts; `forget` takes its listener away. */
export function whenAborted(signal: AbortSignal): { promise: Promise<never>; forget(): void } {
  let listener: () => void = () => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    listener = () => reject(signal.reason instanceof AppError ? signal.reason : goneError());
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
  });
  promise.catch(() => undefined);
  return { promise, forget: () => signal.removeEventListener("abort", listener) };
}

function goneError(): AppError {
  return new AppError({ category: "cancelled", reason: "CANCELLED", message: "The caller has gone" });
}
