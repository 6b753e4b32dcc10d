import { LRUCache } from "lru-cache";
import { AppError } from "../errors";
import { TokenBuckets } from "../overload";
import type { CallCredentials, Principal } from "./types";

/** Who goes first when not all can be served; within a class, whoever came first. */
export const priorities = { operator: 0, customer: 1, partner: 2 } as const;
export type Priority = (typeof priorities)[keyof typeof priorities];
export const priorityNames = Object.keys(priorities) as (keyof typeof priorities)[];

/** Services work for somebody who was let in already, and for the workshop; a refusal would waste what was done. Those without a name go last. */
const priorityOf: Readonly<Record<Principal["role"], Priority>> = {
  service: priorities.operator,
  operator: priorities.operator,
  seller: priorities.operator,
  customer: priorities.customer,
  partner: priorities.partner,
  anonymous: priorities.partner,
};

/** Somebody whose credential was good when it was last looked at. It is no proof of anything but a place in the queue. */
type Caller = { readonly bucket: string; readonly priority: Priority; overUntil: number };

/** Credentials that nobody has looked at yet and that may come before those without one, per second. So an operator who has just signed in gets in, and a flood of made-up tokens does not. */
const newcomersPerSecond = 50;

/**
 * Remembers 10,000 credentials and whose they were, so that a server short of time need not authenticate a call to know its priority, or that its caller is over the
 * rate. Each user and each partner has one token bucket, however many credentials they use; services and the anonymous have none.
 */
export class Callers {
  readonly #known = new LRUCache<string, Caller>({ max: 10_000 });
  readonly #buckets: TokenBuckets;
  readonly #newcomers = new TokenBuckets({
    perSecond: newcomersPerSecond,
    burst: newcomersPerSecond,
    maxKeys: 1,
  });
  /** Until then somebody is over the rate; before it, calls are looked at before they are authenticated. */
  #someOverUntil = 0;

  constructor(rate: { ratePerSecond: number; rateBurst: number }) {
    this.#buckets = new TokenBuckets({ perSecond: rate.ratePerSecond, burst: rate.rateBurst });
  }

  /** Takes a token of a caller who has just been authenticated. Throws RESOURCE_EXHAUSTED, RATE_LIMITED when there is none. */
  admit(credentials: CallCredentials, { role, id }: Principal): void {
    const credential = credentialOf(credentials);
    if (credential === undefined || role === "anonymous") return;
    let caller = this.#known.get(credential);
    if (caller === undefined || caller.priority !== priorityOf[role]) {
      caller = { bucket: `${role}:${id}`, priority: priorityOf[role], overUntil: 0 };
      this.#known.set(credential, caller);
    }
    if (role === "service") return;
    const now = performance.now();
    const waitMs = this.#buckets.take(caller.bucket, now);
    if (waitMs === 0) return;
    caller.overUntil = now + waitMs;
    this.#someOverUntil = Math.max(this.#someOverUntil, caller.overUntil);
    throw rateLimited(waitMs);
  }

  /** False while certainly nobody is over the rate. */
  mayBeOver(now: number): boolean {
    return now < this.#someOverUntil;
  }

  /** Milliseconds that the caller is over the rate for; 0: is not, or nobody knows. */
  overMs(credentials: CallCredentials, now: number): number {
    const credential = credentialOf(credentials);
    const caller = credential === undefined ? undefined : this.#known.get(credential);
    return caller && caller.overUntil > now ? caller.overUntil - now : 0;
  }

  /** Where a call stands in the queue, by its credential as it was last seen. */
  priorityOf(credentials: CallCredentials, now: number): Priority {
    const credential = credentialOf(credentials);
    if (credential === undefined) return priorities.partner;
    const caller = this.#known.get(credential);
    if (caller) return caller.priority;
    return this.#newcomers.take("", now) === 0 ? priorities.customer : priorities.partner;
  }
}

/** The one that counts, as the authenticator chooses it. */
function credentialOf({ authorization, apiKey, serviceKey }: CallCredentials): string | undefined {
  return authorization ?? apiKey ?? serviceKey;
}

export function rateLimited(waitMs: number): AppError {
  return new AppError({
    category: "resource_exhausted",
    reason: "RATE_LIMITED",
    message: "This caller has made too many calls; see RetryInfo",
    retryAfterMs: waitMs,
  });
}
