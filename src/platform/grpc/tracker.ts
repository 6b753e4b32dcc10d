import type { Server, ServerInterceptingCallInterface, StatusObject } from "@grpc/grpc-js";

type Ending = Pick<StatusObject, "code" | "details">;

/** What grpc-js tells about a call's stream; the hook its own channelz uses (`CallEventTracker`, private, unchanged from 1.10 to 1.14.7). */
export type CallEvents = {
  addMessageSent(): void;
  addMessageReceived(): void;
  onStreamEnd(success: boolean): void;
  onCallEnd(ending: Ending): void;
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
    onCallEnd: (ending) => (first.onCallEnd(ending), second.onCallEnd(ending)),
  };
}

type Refused = { session?: { socket?: { remoteAddress?: string; remotePort?: number } } };
type Answering = { _respondWithError?: (status: StatusObject, stream: Refused, channelz: unknown) => void };

/** Lets `observe` see calls that are answered before any interceptor exists: those of unknown methods. False when grpc-js answers otherwise. */
export function trackUnhandled(server: Server, observe: (ending: Ending, peer: string) => void): boolean {
  const answering = server as unknown as Answering;
  const respond = answering._respondWithError;
  if (typeof respond !== "function") return false;
  answering._respondWithError = function (this: Server, status, stream, channelz) {
    const { remoteAddress = "unknown", remotePort } = stream.session?.socket ?? {};
    observe(status, remotePort === undefined ? remoteAddress : `${remoteAddress}:${remotePort}`);
    respond.call(this, status, stream, channelz);
  };
  return true;
}

type Serving = { http2Servers?: Map<unknown, { sessions?: Set<{ destroy(): void }> }> };

/** Cuts a server's connections. With channelz off, grpc-js's own forceShutdown knows none of them and cuts nothing (seen in 1.14.7). Returns how many there were. */
export function destroySessions(server: Server): number {
  const { http2Servers } = server as unknown as Serving;
  const sessions = [...(http2Servers?.values() ?? [])].flatMap((each) => [...(each.sessions ?? [])]);
  for (const session of sessions) session.destroy();
  return sessions.length;
}
