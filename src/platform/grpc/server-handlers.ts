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
import { callerGone, readMessages, whenAborted, writeMessages } from "./streams";
import type { CallContext } from "./types";

/** What the server lends to the adapters of one method. */
export type HandlerRuntime = {
  kind: MethodKind;
  /** The record that the interceptor began for this call. */
  callOf(metadata: Metadata): ServerCall;
  /** Authenticates, checks access and makes the context; throws AppError. */
  admit(record: ServerCall): Promise<CallContext>;
  /** Decodes a message and checks it against its rules; throws AppError. */
  read(record: ServerCall, bytes: Buffer): unknown;
  /** Encodes an answer. */
  write(record: ServerCall, message: unknown): Buffer;
};

/** A handler of ours, of any kind. */
export type AnyHandler = (request: unknown, call: CallContext) => Promise<unknown> | AsyncIterable<unknown>;

type UnaryCall = ServerUnaryCall<Buffer, Buffer>;
type ClientStream = ServerReadableStream<Buffer, Buffer>;
type ServerStream = ServerWritableStream<Buffer, Buffer>;
type BidiStream = ServerDuplexStream<Buffer, Buffer>;
type Callback = sendUnaryData<Buffer>;

/** Makes what grpc-js calls of what a service writes. Everything thrown, early or late, ends the call with its status, once. */
export function adaptHandler(runtime: HandlerRuntime, handler: AnyHandler): UntypedHandleCall {
  const ofOne = (call: UnaryCall | ServerStream) => (record: ServerCall, admitted: CallContext) =>
    handler(runtime.read(record, call.request), admitted);
  const ofMany = (call: ClientStream | BidiStream) => (record: ServerCall, admitted: CallContext) =>
    handler(
      readMessages(call, record.abort.signal, (bytes) => runtime.read(record, bytes)),
      admitted,
    );
  switch (runtime.kind) {
    case "unary":
      return (call: UnaryCall, callback: Callback) => answer(runtime, call, callback, ofOne(call));
    case "client_stream":
      return (call: ClientStream, callback: Callback) => answer(runtime, call, callback, ofMany(call));
    case "server_stream":
      return (call: ServerStream) => stream(runtime, call, ofOne(call));
    case "bidi_stream":
      return (call: BidiStream) => stream(runtime, call, ofMany(call));
  }
}

type Work = (record: ServerCall, admitted: CallContext) => unknown;

function answer(
  runtime: HandlerRuntime,
  call: UnaryCall | ClientStream,
  callback: Callback,
  work: Work,
): void {
  const record = runtime.callOf(call.metadata);
  void inside(runtime, call, record, async (admitted) =>
    runtime.write(record, await work(record, admitted)),
  ).then(
    (response) => callback(null, response),
    (error: unknown) => {
      record.error ??= error;
      callback(toStatus(error));
    },
  );
}

function stream(runtime: HandlerRuntime, call: ServerStream | BidiStream, work: Work): void {
  const record = runtime.callOf(call.metadata);
  void inside(runtime, call, record, async (admitted) =>
    writeMessages(work(record, admitted) as AsyncIterable<unknown>, call, record.abort.signal, (message) =>
      runtime.write(record, message),
    ),
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
  call: EventEmitter & { cancelled: boolean },
  record: ServerCall,
  work: (admitted: CallContext) => Promise<T>,
): Promise<T> {
  // After a good end it comes too, and finds the signal aborted already.
  call.once("cancelled", () => record.abort.signal.aborted || record.abort.abort(callerGone()));
  if (call.cancelled) record.abort.abort(callerGone());
  const gone = whenAborted(record.abort.signal);
  const deadline = guardDeadline(record);
  try {
    return await context.with(record.observers.context, async () => {
      const working = runtime.admit(record).then(work);
      working.catch((error: unknown) => noteLateFailure(record, error));
      return Promise.race([working, gone.promise]);
    });
  } finally {
    clearTimeout(deadline);
    gone.forget();
  }
}

/** A handler that fails after its call has ended has nobody left to tell but the log. That its call has ended is no news. */
function noteLateFailure(record: ServerCall, error: unknown): void {
  if (!record.settled || error === record.abort.signal.reason) return;
  const { labels, log } = record.observers;
  const method = `${labels.grpc_service}/${labels.grpc_method}`;
  log.debug({ rpc_method: method, err: error }, "A handler failed after its call had ended");
}

/** The longest delay that setTimeout takes, about 25 days. */
const longestTimerMs = 2 ** 31 - 1;

/** Ends a call at its deadline. grpc-js does so itself for deadlines that came with the call; this is for those the server gave. */
function guardDeadline(record: ServerCall): NodeJS.Timeout {
  const leftMs = Math.min(Math.max(0, record.deadlineAt - Date.now()), longestTimerMs);
  return setTimeout(() => {
    record.end(
      new AppError({
        category: "deadline_exceeded",
        reason: "DEADLINE_EXCEEDED",
        message: "The call took longer than its deadline allowed",
      }),
    );
  }, leftMs);
}
