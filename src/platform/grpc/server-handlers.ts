import type { EventEmitter } from "node:events";
import type {
  Metadata,
  sendUnaryData,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedHandleCall,
} from "@grpc/grpc-js";
import { AppError } from "../errors";
import { context } from "../telemetry";
import type { MethodKind } from "./definition";
import type { ServerCall } from "./server-call";
import { toStatus } from "./status-details";
import { readMessages, whenAborted, writeMessages } from "./streams";
import type { CallContext } from "./types";

/** What the server lends to the adapters of one method. */
export type HandlerRuntime = {
  kind: MethodKind;
  /** The record that the interceptor began for this call. */
  callOf(metadata: Metadata): ServerCall;
  /** Authenticates, checks access and makes the context; throws AppError. */
  admit(call: ServerCall): Promise<CallContext>;
  /** Checks a message against its rules; throws AppError. */
  inspect(message: unknown): void;
};

/** A handler of ours, of any kind. */
export type AnyHandler = (request: unknown, call: CallContext) => Promise<unknown> | AsyncIterable<unknown>;

type AnyCall =
  | ServerUnaryCall<unknown, unknown>
  | ServerReadableStream<unknown, unknown>
  | ServerWritableStream<unknown, unknown>
  | ServerDuplexStream<unknown, unknown>;

/** Makes what grpc-js calls of what a service writes. Everything thrown, early or late, ends the call with its status, once. */
export function adaptHandler(runtime: HandlerRuntime, handler: AnyHandler): UntypedHandleCall {
  switch (runtime.kind) {
    case "unary":
      return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) =>
        answer(runtime, call, callback, async (admitted) => {
          runtime.inspect(call.request);
          return handler(call.request, admitted) as Promise<unknown>;
        });
    case "client_stream":
      return (call: ServerReadableStream<unknown, unknown>, callback: sendUnaryData<unknown>) =>
        answer(
          runtime,
          call,
          callback,
          async (admitted) =>
            handler(readMessages(call, admitted.signal, runtime.inspect), admitted) as Promise<unknown>,
        );
    case "server_stream":
      return (call: ServerWritableStream<unknown, unknown>) =>
        stream(runtime, call, (admitted) => {
          runtime.inspect(call.request);
          return handler(call.request, admitted) as AsyncIterable<unknown>;
        });
    case "bidi_stream":
      return (call: ServerDuplexStream<unknown, unknown>) =>
        stream(
          runtime,
          call,
          (admitted) =>
            handler(readMessages(call, admitted.signal, runtime.inspect), admitted) as AsyncIterable<unknown>,
        );
  }
}

function answer(
  runtime: HandlerRuntime,
  call: AnyCall,
  callback: sendUnaryData<unknown>,
  work: (admitted: CallContext) => Promise<unknown>,
): void {
  const record = runtime.callOf(call.metadata);
  void inside(runtime, call, record, work).then(
    (response) => callback(null, response),
    (error: unknown) => {
      record.error ??= error;
      callback(toStatus(error));
    },
  );
}

function stream(
  runtime: HandlerRuntime,
  call: ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>,
  work: (admitted: CallContext) => AsyncIterable<unknown>,
): void {
  const record = runtime.callOf(call.metadata);
  void inside(runtime, call, record, async (admitted) =>
    writeMessages(work(admitted), call, record.abort.signal),
  ).then(
    () => call.end(),
    (error: unknown) => {
      record.error ??= error;
      // grpc-js takes a stream's status from its error event.
      if (!record.settled) call.emit("error", toStatus(error));
    },
  );
}

/** Runs a handler in its call's scope; a call that is cancelled or late ends at once, whatever its handler is doing. */
async function inside<T>(
  runtime: HandlerRuntime,
  call: AnyCall,
  record: ServerCall,
  work: (admitted: CallContext) => Promise<T>,
): Promise<T> {
  (call as EventEmitter).once("cancelled", () => record.abort.abort());
  if (call.cancelled) record.abort.abort();
  const gone = whenAborted(record.abort.signal);
  const deadline = guardDeadline(record);
  try {
    return await context.with(record.observers.context, async () => {
      const started = runtime.admit(record).then(work);
      // A handler that fails after its call has ended has nobody left to tell.
      started.catch((error: unknown) => (record.error ??= error));
      return Promise.race([started, gone.promise]);
    });
  } finally {
    clearTimeout(deadline);
    gone.forget();
  }
}

/** The longest delay that setTimeout takes, about 25 days. */
const longestTimerMs = 2 ** 31 - 1;

/** Ends a call at its deadline. grpc-js does so itself for deadlines that came with the call; this is for those the server gave. */
function guardDeadline(record: ServerCall): NodeJS.Timeout {
  const leftMs = Math.min(Math.max(0, record.deadlineAt - Date.now()), longestTimerMs);
  return setTimeout(() => {
    const late = new AppError({
      category: "deadline_exceeded",
      reason: "DEADLINE_EXCEEDED",
      message: "The call took longer than its deadline allowed",
    });
    record.error ??= late;
    record.abort.abort(late);
  }, leftMs);
}
