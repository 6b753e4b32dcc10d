import type { Client as Channel, Metadata, StatusObject } from "@grpc/grpc-js";
import { CallAttempts } from "./attempts";

type Listener = {
  onReceiveMetadata(metadata: Metadata): void;
  onReceiveMessage(message: Buffer | null): void;
  onReceiveStatus(status: StatusObject): void;
};
type Start = (this: unknown, metadata: Metadata, listener: Listener) => void;
/** `LoadBalancingCall`, one per attempt; `RetryingCall` makes and starts them. */
type AttemptOfGrpc = { start: Start };
type InternalChannel = {
  createLoadBalancingCall?: (this: unknown, ...details: unknown[]) => AttemptOfGrpc;
  createRetryingCall?: unknown;
};

/** How many attempts grpc-js's policy has counted before this one; set on the metadata of the second and later ones. */
const countedKey = "grpc-previous-rpc-attempts";

/**
 * Lets the `CallAttempts` that a call's metadata carry see each of its attempts. The hook, private in grpc-js, is the channel's factory of attempts: retries, hedges and
 * transparent retries all pass it, nothing else does. Returns false when this grpc-js has none; then nothing is changed.
 */
export function observeAttempts(channel: Channel): boolean {
  const { internalChannel } = channel.getChannel() as unknown as { internalChannel?: InternalChannel };
  const create = internalChannel?.createLoadBalancingCall;
  if (typeof create !== "function" || typeof internalChannel?.createRetryingCall !== "function") return false;
  internalChannel.createLoadBalancingCall = function (...details) {
    const attempt = create.apply(this, details);
    start ??= attempt.start;
    // The same function for all: nothing is made per attempt here.
    if (attempt.start === start) attempt.start = startSeen;
    return attempt;
  };
  return true;
}

let start: Start | undefined;

function startSeen(this: unknown, metadata: Metadata, listener: Listener): void {
  const attempts: unknown = metadata.getOptions();
  const seen = attempts instanceof CallAttempts ? new SeenAttempt(attempts, metadata, listener) : listener;
  start?.call(this, metadata, seen);
}

/** Stands before an attempt's listener, which learns each status once. */
class SeenAttempt implements Listener {
  readonly #attempts: CallAttempts;
  readonly #listener: Listener;
  readonly #startedAt: number;

  constructor(attempts: CallAttempts, metadata: Metadata, listener: Listener) {
    this.#attempts = attempts;
    this.#listener = listener;
    this.#startedAt = attempts.begin(attempts.made === 0 ? 0 : Number(metadata.get(countedKey)[0] ?? 0));
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.#listener.onReceiveMetadata(metadata);
  }

  onReceiveMessage(message: Buffer | null): void {
    this.#listener.onReceiveMessage(message);
  }

  onReceiveStatus(status: StatusObject): void {
    this.#attempts.end(status.code, this.#startedAt);
    this.#listener.onReceiveStatus(status);
  }
}
