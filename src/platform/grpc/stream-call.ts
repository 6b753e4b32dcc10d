import { Writable } from "node:stream";
import type { ClientDuplexStream, ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { AppError } from "../errors";
import type { ClientMethod, OutgoingCall } from "./client-method";
import { asItIs } from "./definition";
import { waitBeforeRetry } from "./pushback";
import { callerGone, writeMessages } from "./streams";
import type { CallOptions } from "./types";

/**
 * Calls a method that answers with a stream. The call starts when the first message is asked for, and the next message is fetched when it is asked for. A reader
 * that stops early (`break`, `return()`) cancels the call at once, even while it waits for a message.
 */
export function callForStream(
  route: ClientMethod,
  request: unknown,
  given: CallOptions,
): AsyncIterableIterator<unknown> {
  const reader = { abandoned: false, call: undefined as OutgoingCall | undefined };
  const messages = receive(route, request, given, reader);
  return {
    next: () => messages.next(),
    return: (value) => {
      reader.abandoned = true;
      reader.call?.cancel();
      return messages.return(value);
    },
    throw: (error) => messages.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

type Feed = ClientDuplexStream<Buffer, Buffer>;

async function* receive(
  route: ClientMethod,
  request: unknown,
  given: CallOptions,
  reader: { abandoned: boolean; call: OutgoingCall | undefined },
): AsyncGenerator<unknown> {
  const call = (reader.call = route.begin(given));
  const ended = new AbortController();
  const source = { broken: false, error: undefined as unknown };
  let refusal: unknown;
  const feed = (writable: Feed): void => {
    writable.once("error", (error) => (refusal = error));
    writeMessages(request as AsyncIterable<unknown>, writable, ended.signal, (each) => call.write(each)).then(
      () => writable.end(),
      (error: unknown) => {
        // The call's own end reaches whoever writes as well, and may do so first; it is no fault of the source.
        if (ended.signal.aborted || error === refusal) return;
        Object.assign(source, { broken: true, error });
        call.cancel();
      },
    );
  };
  try {
    const bytes = route.method.requestStream ? undefined : call.write(request);
    let afterCode: number | undefined;
    for (let attempt = 1; ; attempt++) {
      const started = start(route, call, bytes, afterCode);
      if (started instanceof Writable) feed(started);
      try {
        for await (const each of started as AsyncIterable<Buffer>) yield call.read(each);
        break;
      } catch (error) {
        const refused = error as ServiceError;
        const isSentAgain = bytes !== undefined && !call.heard;
        const waitMs = isSentAgain
          ? waitBeforeRetry(refused, attempt, call.deadline, route.pushback)
          : undefined;
        if (waitMs === undefined) throw error;
        await pause(waitMs, call);
        afterCode = refused.code;
      }
    }
    call.succeed();
  } catch (error) {
    if (reader.abandoned) return;
    const failure = call.fail(call.unwritable ?? (error as ServiceError | AppError));
    throw source.broken ? source.error : failure;
  } finally {
    ended.abort();
    // Not ended yet when the reader stopped early; for the call that is a cancellation.
    if (!call.ended) call.fail(abandoned(route.name));
    call.cancel();
  }
}

function start(
  { pool, path }: ClientMethod,
  call: OutgoingCall,
  bytes: Buffer | undefined,
  afterCode: number | undefined,
): ClientReadableStream<Buffer> | ClientDuplexStream<Buffer, Buffer> {
  const channel = pool.channel();
  const options = { deadline: call.deadline };
  call.sending(afterCode);
  const started =
    bytes === undefined
      ? channel.makeBidiStreamRequest(path, asItIs, asItIs, call.metadata, options)
      : channel.makeServerStreamRequest(path, asItIs, asItIs, bytes, call.metadata, options);
  started.once("metadata", () => (call.heard = true));
  // A status that comes after the reader has gone is no news, and must not be an uncaught error.
  started.on("error", () => undefined);
  call.cancelBy(() => started.cancel());
  return started;
}

/** Rejects when the call is given up meanwhile. */
function pause(waitMs: number, call: OutgoingCall): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, waitMs);
    call.cancelBy(() => {
      clearTimeout(timer);
      reject(callerGone());
    });
  });
}

function abandoned(name: string): AppError {
  return new AppError({
    category: "cancelled",
    reason: "ABANDONED",
    message: `The reader of ${name} stopped early`,
  });
}
