import type { ServiceError } from "@grpc/grpc-js";
import { AppError } from "../errors";
import type { ClientMethod, OutgoingCall } from "./client-method";
import { asItIs } from "./definition";
import { waitBeforeRetry } from "./pushback";
import { callerGone, writeMessages } from "./streams";
import type { CallOptions } from "./types";

/** Calls a method of one request and one answer. */
export function callUnary(route: ClientMethod, request: unknown, given: CallOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = route.begin(given);
    let bytes: Buffer;
    try {
      bytes = call.write(request);
    } catch (error) {
      return reject(call.fail(error as AppError));
    }
    const send = (attempt: number, afterCode?: number): void => {
      call.sending(afterCode);
      const started = route.pool
        .channel()
        .makeUnaryRequest(
          route.path,
          asItIs,
          asItIs,
          bytes,
          call.metadata,
          { deadline: call.deadline },
          (error, answer) => {
            const waitMs = error ? waitBeforeRetry(error, attempt, call.deadline, route.pushback) : undefined;
            if (waitMs === undefined) return finish(call, error, answer, resolve, reject);
            const timer = setTimeout(() => send(attempt + 1, error?.code), waitMs);
            call.cancelBy(() => {
              clearTimeout(timer);
              reject(call.fail(callerGone()));
            });
          },
        );
      call.cancelBy(() => started.cancel());
    };
    send(1);
  });
}

/** Calls a method of many requests and one answer. A server that answers early is believed; a source that breaks cancels the call. */
export function callClientStream(
  route: ClientMethod,
  requests: AsyncIterable<unknown>,
  given: CallOptions,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = route.begin(given);
    const answered = new AbortController();
    let broken: unknown;
    call.sending();
    const started = route.pool
      .channel()
      .makeClientStreamRequest(
        route.path,
        asItIs,
        asItIs,
        call.metadata,
        { deadline: call.deadline },
        (error, answer) => {
          answered.abort();
          if (broken !== undefined) {
            call.fail(call.unwritable ?? error ?? callerGone());
            return reject(broken);
          }
          finish(call, error, answer, resolve, reject);
        },
      );
    started.on("error", () => undefined);
    call.cancelBy(() => started.cancel());
    writeMessages(requests, started, answered.signal, (message) => call.write(message)).then(
      () => started.end(),
      (error: unknown) => {
        if (answered.signal.aborted) return;
        // Half a request must not look like a whole one.
        broken = error ?? new Error("The source of the requests failed without an error.");
        started.cancel();
      },
    );
  });
}

function finish(
  call: OutgoingCall,
  error: ServiceError | null,
  answer: Buffer | undefined,
  resolve: (message: unknown) => void,
  reject: (error: unknown) => void,
): void {
  if (error) return reject(call.fail(error));
  try {
    const message = call.read(answer ?? Buffer.alloc(0));
    call.succeed();
    resolve(message);
  } catch (unreadable) {
    reject(unreadable instanceof AppError ? call.fail(unreadable) : unreadable);
  }
}
