import { LRUCache } from "lru-cache";

export type TokenBucketsOptions = {
  /** Tokens that a bucket gains per second; 0 switches the buckets off. */
  perSecond: number;
  /** Tokens that a bucket holds at most, and at its start; at least 1. */
  burst: number;
  /** Keys remembered; 10,000. A key forgotten starts with a full bucket, so the bound should be well above the number of callers at a time. */
  maxKeys?: number;
};

type Bucket = { tokens: number; at: number };

/** A token bucket per key. It keeps no timers: a bucket is filled up when it is asked. */
export class TokenBuckets {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #buckets: LRUCache<string, Bucket>;

  constructor({ perSecond, burst, maxKeys = 10_000 }: TokenBucketsOptions) {
    this.#perMs = perSecond / 1000;
    this.#burst = Math.max(1, burst);
    this.#buckets = new LRUCache({ max: maxKeys });
  }

  /** Takes a token. Returns 0 when there was one, else the milliseconds until there is. `now` in milliseconds of any clock that never goes back. */
  take(key: string, now: number): number {
    if (this.#perMs === 0) return 0;
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, (bucket = { tokens: this.#burst, at: now }));
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.at) * this.#perMs);
    bucket.at = now;
    if (bucket.tokens < 1) return (1 - bucket.tokens) / this.#perMs;
    bucket.tokens -= 1;
    return 0;
  }

  /** Keys remembered now. */
  get size(): number {
    return this.#buckets.size;
  }
}
