import type { Readable, Writable } from "node:stream";
import { AppError } from "../errors";

/**
 * How long the end of a caller's stream is doubted, in milliseconds. Node's http2, and so grpc-js, cancels a call by ending the stream first and resetting it one
 * write later: half an upload looks like a whole one until then (seen on Node 20). Whoever must be certain has sizes or checksums in its messages.
 */
const doubtMs = 20;

/**
 * The messages of a caller's stream until it ends or `signal` aborts, each as `read` makes it of its bytes; what `read` throws ends the stream, and so does a
 * reset. Stopping early leaves it open: whoever owns the call decides how it ends. The next message is fetched when it is asked for.
 */
export async function* readMessages<T>(
  stream: Readable,
  signal: AbortSignal,
  read: (bytes: Buffer) => T,
): AsyncGenerator<T> {
  const gone = whenAborted(signal);
  const iterator = stream
    .iterator({ destroyOnReturn: false })
    [Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      // The stream is not destroyed to end the wait: a duplex one could then not send its status any more.
      const next = await Promise.race([iterator.next(), gone.promise]);
      if (next.done) return void (await Promise.race([doubt(), gone.promise]));
      if (signal.aborted) throw reasonOf(signal);
      yield read(next.value);
    }
  } finally {
    gone.forget();
    void iterator.return?.().catch(() => undefined);
  }
}

/** Ends behind a turn of the event loop's poll, so that a busy process has read what came meanwhile. */
function doubt(): Promise<void> {
  return new Promise((resolve) => setTimeout(() => setImmediate(() => setImmediate(resolve)), doubtMs));
}

/**
 * Writes all of `source` to `sink`, each item as `write` makes bytes of it, no faster than the other side reads. When `signal` aborts the source is told
 * to stop (`return()`), even while it is waiting for its next item. Steps are callbacks and not `await`s: per message there is the source's own promise and
 * nothing else.
 */
export function writeMessages<T>(
  source: AsyncIterable<T> | Iterable<T>,
  sink: Writable,
  signal: AbortSignal,
  write: (message: T) => Buffer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    const isAsync = Symbol.asyncIterator in source;
    let ended = false;
    const end = (): void => {
      ended = true;
      signal.removeEventListener("abort", aborted);
      sink.off("drain", pull).off("close", closed).off("error", closed);
    };
    const fail = (error: unknown): void => {
      if (ended) return;
      end();
      // Not awaited: a generator that waits for something runs its `finally` only when that something ends.
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
      reject(error as Error);
    };
    const aborted = (): void => fail(reasonOf(signal));
    // Whoever closed the sink tells why; a source that nobody reads any more must not go on.
    const closed = (error?: unknown): void => fail(error ?? callerGone());
    const take = (next: IteratorResult<T>): void => {
      if (ended) return;
      if (next.done) {
        end();
        return resolve();
      }
      try {
        if (sink.write(write(next.value))) pull();
      } catch (error) {
        fail(error);
      }
    };
    const pull = (): void => {
      if (ended) return;
      try {
        const next = iterator.next();
        if (isAsync) void Promise.resolve(next).then(take, fail);
        else take(next as IteratorResult<T>);
      } catch (error) {
        fail(error);
      }
    };
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", aborted, { once: true });
    sink.on("drain", pull).on("close", closed).on("error", closed);
    pull();
  });
}

/** A promise that rejects with the signal's reason when it aborts; `forget` takes its listener away. */
export function whenAborted(signal: AbortSignal): { promise: Promise<never>; forget(): void } {
  let listener: () => void = () => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    listener = () => reject(reasonOf(signal));
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
  });
  promise.catch(() => undefined);
  return { promise, forget: () => signal.removeEventListener("abort", listener) };
}

function reasonOf({ reason }: AbortSignal): AppError {
  return reason instanceof AppError ? reason : callerGone();
}

export function callerGone(): AppError {
  return new AppError({ category: "cancelled", reason: "CANCELLED", message: "The caller has gone" });
}
