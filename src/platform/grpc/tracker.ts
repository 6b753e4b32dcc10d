import type { Server, ServerInterceptingCallInterface, StatusObject } from "@grpc/grpc-js";

/** What grpc-js tells about a call's stream; the hook its own channelz uses (`CallEventTracker`, private, unchanged from 1.10 to 1.14.7). */
export type CallEvents = {
  addMessageSent(): void;
  addMessageReceived(): void;
  onStreamEnd(success: boolean): void;
  onCallEnd(status: Pick<StatusObject, "code" | "details">): void;
};

type InnermostCall = { callEventTracker?: CallEvents | null; stream?: unknown; streamEnded?: unknown };

/**
 * Lets `events` see the true end of a call: deadline, cancellation, malformed and oversized requests included, which no interceptor sees. Call it with
 * the innermost call, the one that the first interceptor is given. Returns false when this grpc-js has no such hook.
 */
export function trackCall(call: ServerInterceptingCallInterface, events: CallEvents): boolean {
  const innermost = call as unknown as InnermostCall;
  if (!("callEventTracker" in innermost) || !("streamEnded" in innermost)) return false;
  const inner = innermost.callEventTracker;
  // channelz's tracker, when it is on, goes on counting.
  innermost.callEventTracker = inner ? both(inner, events) : events;
  return true;
}

function both(first: CallEvents, second: CallEvents): CallEvents {
  return {
    addMessageSent: () => (first.addMessageSent(), second.addMessageSent()),
    addMessageReceived: () => (first.addMessageReceived(), second.addMessageReceived()),
    onStreamEnd: (success) => (first.onStreamEnd(success), second.onStreamEnd(success)),
    onCallEnd: (status) => (first.onCallEnd(status), second.onCallEnd(status)),
  };
}

type Answering = { _respondWithError?: (status: StatusObject, stream: unknown, channelz: unknown) => void };

/** Lets `observe` see calls that are answered before any interceptor exists: unknown methods, wrong content types. False when grpc-js answers otherwise. */
export function trackUnhandled(server: Server, observe: (code: number) => void): boolean {
  const answering = server as unknown as Answering;
  const respond = answering._respondWithError;
  if (typeof respond !== "function") return false;
  answering._respondWithError = function (this: Server, status, stream, channelz) {
    observe(status.code);
    respond.call(this, status, stream, channelz);
  };
  return true;
}
