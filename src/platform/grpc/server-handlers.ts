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
import { context, trace } from "../telemetry";
import type { MethodKind } from "./definition";
import type { ServerCall } from "./server-call";
import { toStatus } from "./status-details";
import { callerGone, readMessages, writeMessages } from "./streams";
import type { CallContext } from "./types";

/** What the server lends to the adapters of one method. */
export type HandlerRuntime = {
  kind: MethodKind;
  /** The record that the interceptor began for this call. */
  callOf(metadata: Metadata): ServerCall;
  /** Authenticates, checks access and makes the context, at once where nobody has to be asked; throws or rejects with AppError. */
  admit(record: ServerCall): CallContext | Promise<CallContext>;
  /** Decodes a message and checks it against its rules; throws AppError. */
  read(record: ServerCall, bytes: Buffer): unknown;
  /** Encodes an answer. */
  write(record: ServerCall, message: unknown): Buffer;
};

/** A handler of ours, of any kind. */
export type AnyHandler = (
  request: unknown,
  call: CallContext,
) => Promise<unknown> | AsyncIterable<unknown> | Iterable<unknown>;

type UnaryCall = ServerUnaryCall<Buffer, Buffer>;
type ClientStream = ServerReadableStream<Buffer, Buffer>;
type ServerStream = ServerWritableStream<Buffer, Buffer>;
type BidiStream = ServerDuplexStream<Buffer, Buffer>;
type Callback = sendUnaryData<Buffer>;

/** Makes what grpc-js calls of what a service writes. Everything thrown, early or late, ends the call with its status, once. */
export function adaptHandler(runtime: HandlerRuntime, handler: AnyHandler): UntypedHandleCall {
  const ofMany = (call: ClientStream | BidiStream) => (record: ServerCall, admitted: CallContext) =>
    handler(
      readMessages(call, record.signal, (bytes) => runtime.read(record, bytes)),
      admitted,
    );
  const ofOne = (call: UnaryCall | ServerStream) => (record: ServerCall, admitted: CallContext) =>
    handler(runtime.read(record, call.request), admitted);
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
  let answered = false;
  const refuse = (error: unknown): void => {
    if (answered || record.settled) return noteLateFailure(record, error);
    answered = true;
    record.error ??= error;
    callback(toStatus(error));
  };
  const succeed = (message: unknown): void => {
    if (answered || record.settled) return;
    let bytes: Buffer;
    try {
      bytes = runtime.write(record, message);
    } catch (error) {
      return refuse(error);
    }
    answered = true;
    callback(null, bytes);
  };
  record.answerEarly = refuse;
  run(runtime, record, (admitted) => work(record, admitted) as Promise<unknown>, succeed, refuse);
}

function stream(runtime: HandlerRuntime, call: ServerStream | BidiStream, work: Work): void {
  const record = runtime.callOf(call.metadata);
  const write = (message: unknown): Buffer => runtime.write(record, message);
  let ended = false;
  const refuse = (error: unknown): void => {
    if (ended || record.settled) return noteLateFailure(record, error);
    ended = true;
    record.error ??= error;
    // grpc-js takes a stream's status from its error event.
    call.emit("error", toStatus(error));
  };
  const finish = (): void => {
    if (ended || record.settled) return;
    ended = true;
    call.end();
  };
  record.answerEarly = refuse;
  const send = (admitted: CallContext): Promise<void> =>
    writeMessages(work(record, admitted) as AsyncIterable<unknown>, call, record.signal, write);
  run(runtime, record, send, finish, refuse);
}

/** Runs a handler in its call's scope. A call that is cancelled or late has ended by then or ends meanwhile; then what the handler says is not heard. */
function run<T>(
  runtime: HandlerRuntime,
  record: ServerCall,
  work: (admitted: CallContext) => Promise<T>,
  succeed: (result: T) => void,
  fail: (error: unknown) => void,
): void {
  const { ambient, traces } = record.sink;
  if (traces === "instrumentation") record.adopt(trace.getActiveSpan());
  guardDeadline(record);
  const workIfWanted = (admitted: CallContext): Promise<T> => {
    // The call may have ended while it was found out who calls.
    if (record.settled) throw callerGone();
    return work(admitted);
  };
  const start = (): void => {
    try {
      const admitted = runtime.admit(record);
      const working = admitted instanceof Promise ? admitted.then(workIfWanted) : work(admitted);
      working.then(succeed, fail);
    } catch (error) {
      fail(error);
    }
  };
  if (ambient) context.with(record.context, start);
  else start();
}

/** A handler that fails after its call has ended has nobody left to tell but the log. That its call has ended is no news. */
function noteLateFailure({ settled, method, sink, signal }: ServerCall, error: unknown): void {
  if (!settled || error === signal.reason) return;
  sink.host.log.debug({ rpc_method: method.name, err: error }, "A handler failed after its call had ended");
}

/** The longest delay that setTimeout takes, about 25 days. */
const longestTimerMs = 2 ** 31 - 1;

/** Ends a call at the deadline that the server gave it. grpc-js does so itself for deadlines that came with the call. */
function guardDeadline(record: ServerCall): void {
  if (!record.hasDefaultDeadline) return;
  const leftMs = Math.min(Math.max(0, record.deadlineAt - Date.now()), longestTimerMs);
  record.deadlineTimer = setTimeout(() => record.end(tooLate()), leftMs);
}

function tooLate(): AppError {
  return new AppError({
    category: "deadline_exceeded",
    reason: "DEADLINE_EXCEEDED",
    message: "The call took longer than its deadline allowed",
  });
}
