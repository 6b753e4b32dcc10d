import type { Readable } from "node:stream";
import type {
  Metadata,
  sendUnaryData,
  ServerDuplexStream,
  ServerReadableStream,
  ServerUnaryCall,
  ServerWritableStream,
  StatusObject,
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
  switch (runtime.kind) {
    case "unary":
      return (call: UnaryCall, callback: Callback) =>
        start(new Answer(runtime, handler, call, callback, readOne));
    case "client_stream":
      return (call: ClientStream, callback: Callback) =>
        start(new Answer(runtime, handler, call, callback, readMany));
    case "server_stream":
      return (call: ServerStream) => start(new AnswerStream(runtime, handler, call, readOne));
    case "bidi_stream":
      return (call: BidiStream) => start(new AnswerStream(runtime, handler, call, readMany));
  }
}

function readOne(runtime: HandlerRuntime, record: ServerCall, call: { request: Buffer }): unknown {
  return runtime.read(record, call.request);
}

function readMany(runtime: HandlerRuntime, record: ServerCall, call: Readable): AsyncIterable<unknown> {
  return readMessages(call, record.signal, (bytes) => runtime.read(record, bytes));
}

type Read<Call> = (runtime: HandlerRuntime, record: ServerCall, call: Call) => unknown;

/**
 * One call on its way through its handler. It is answered once: by the handler, or before it when the call ends early; what comes later is not heard. It is an object
 * and not a set of closures, for there is one per call.
 */
abstract class Answering<Call extends { metadata: Metadata }> {
  readonly record: ServerCall;
  protected readonly runtime: HandlerRuntime;
  protected readonly call: Call;
  readonly #handler: AnyHandler;
  readonly #read: Read<Call>;
  #answered = false;

  constructor(runtime: HandlerRuntime, handler: AnyHandler, call: Call, read: Read<Call>) {
    this.runtime = runtime;
    this.call = call;
    this.record = runtime.callOf(call.metadata);
    this.#handler = handler;
    this.#read = read;
    this.record.answerEarly = this.refuse;
  }

  /** Admits the caller, then runs the handler. */
  run(): void {
    try {
      const admitted = this.runtime.admit(this.record);
      const working =
        admitted instanceof Promise
          ? admitted.then((call) => this.#workIfWanted(call))
          : this.#work(admitted);
      working.then(this.succeed, this.refuse);
    } catch (error) {
      this.refuse(error);
    }
  }

  readonly succeed = (result: unknown): void => {
    if (this.#answered || this.record.settled) return;
    try {
      this.answer(result);
      this.#answered = true;
    } catch (error) {
      this.refuse(error);
    }
  };

  readonly refuse = (error: unknown): void => {
    if (this.#answered || this.record.settled) return noteLateFailure(this.record, error);
    this.#answered = true;
    this.record.error ??= error;
    this.answerError(toStatus(error));
  };

  /** Waits for what a handler has begun. */
  protected abstract follow(working: unknown): Promise<unknown>;
  protected abstract answer(result: unknown): void;
  protected abstract answerError(status: StatusObject): void;

  #work(admitted: CallContext): Promise<unknown> {
    return this.follow(this.#handler(this.#read(this.runtime, this.record, this.call), admitted));
  }

  /** The call may have ended while it was found out who calls. */
  #workIfWanted(admitted: CallContext): Promise<unknown> {
    if (this.record.settled) throw callerGone();
    return this.#work(admitted);
  }
}

class Answer<Call extends UnaryCall | ClientStream> extends Answering<Call> {
  readonly #callback: Callback;

  constructor(
    runtime: HandlerRuntime,
    handler: AnyHandler,
    call: Call,
    callback: Callback,
    read: Read<Call>,
  ) {
    super(runtime, handler, call, read);
    this.#callback = callback;
  }

  protected override follow(working: unknown): Promise<unknown> {
    return working as Promise<unknown>;
  }
  protected override answer(message: unknown): void {
    this.#callback(null, this.runtime.write(this.record, message));
  }
  protected override answerError(status: StatusObject): void {
    this.#callback(status);
  }
}

class AnswerStream<Call extends ServerStream | BidiStream> extends Answering<Call> {
  protected override follow(messages: unknown): Promise<void> {
    const { runtime, record, call } = this;
    return writeMessages(messages as AsyncIterable<unknown>, call, record.signal, (message) =>
      runtime.write(record, message),
    );
  }
  protected override answer(): void {
    this.call.end();
  }
  protected override answerError(status: StatusObject): void {
    // grpc-js takes a stream's status from its error event.
    this.call.emit("error", status);
  }
}

type Runnable = { readonly record: ServerCall; run(): void };

/** Runs a handler in its call's scope. */
function start(answering: Runnable): void {
  const { record } = answering;
  const { ambient, traces } = record.sink;
  if (traces === "instrumentation") record.adopt(trace.getActiveSpan());
  guardDeadline(record);
  if (ambient) context.with(record.context, run, undefined, answering);
  else answering.run();
}

function run(answering: Runnable): void {
  answering.run();
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
