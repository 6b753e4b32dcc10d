export type AdaptiveLimitOptions = {
  /** Not fewer at a time while the process has CPU to spare; 8. Too few leave it idle while its calls wait for others. */
  min?: number;
  /** Never fewer at a time; 2. A process that uses a core whole answers no more calls by working at more of them, only each of them later. */
  fewest?: number;
  /** Never more at a time. */
  max: number;
  /** Milliseconds that the event loop may be busy without a look at its sockets, before the limit goes down; 10. */
  targetTurnMs?: number;
  /** CPU time of this process so far, in milliseconds. */
  cpuMs?: () => number;
};

/** This share of a core is a core used whole: there is but one thread that runs calls. */
const wholeCore = 0.95;

/** The shortest time over which turns are judged; shorter ones are noise. */
const windowMs = 100;

/**
 * How many calls may run at a time, found by additive increase and multiplicative decrease. The signal is how long one turn of the event loop takes, which is what
 * too much work at a time does to a Node process; the latency of calls is no signal here, for some wait by design (an event, an upload). Many calls that only wait
 * do not make turns long, so the limit rises to its maximum. A turn counts by the CPU that it got: one that other processes make long, on a machine that is full of them, gets no
 * shorter by fewer calls here, and fewer calls that wait longer each would be fewer answers.
 */
export class AdaptiveLimit {
  readonly #min: number;
  readonly #fewest: number;
  readonly #max: number;
  readonly #targetMs: number;
  #value: number;
  #windowAt = 0;
  #busyMs = 0;
  /** Sum of squares: divided by the sum it is the length of the turn that a call arriving at any time falls into. */
  #squaredMs = 0;
  #wasFull = false;
  readonly #cpuMs: () => number;
  #cpuAtMs: number;

  constructor({
    min = 8,
    fewest = 2,
    max,
    targetTurnMs = 10,
    cpuMs = cpuOfThisProcess,
  }: AdaptiveLimitOptions) {
    this.#min = Math.min(min, max);
    this.#fewest = Math.min(fewest, this.#min);
    this.#max = max;
    this.#targetMs = targetTurnMs;
    this.#cpuMs = cpuMs;
    this.#cpuAtMs = cpuMs();
    this.#value = Math.min(max, Math.max(this.#min, 64));
  }

  get value(): number {
    return Math.floor(this.#value);
  }

  /** Says that the limit has just kept a call from running: only then is there a reason to raise it. */
  noteFull(): void {
    this.#wasFull = true;
  }

  /** Takes the length of a turn in milliseconds. */
  sample(turnMs: number, now: number): void {
    this.#busyMs += turnMs;
    this.#squaredMs += turnMs * turnMs;
    if (now - this.#windowAt < windowMs) return;
    const cpuAtMs = this.#cpuMs();
    const got = this.#busyMs > 0 ? Math.min(1, (cpuAtMs - this.#cpuAtMs) / this.#busyMs) : 0;
    const metMs = this.#busyMs > 0 ? (got * this.#squaredMs) / this.#busyMs : 0;
    const isSaturated = cpuAtMs - this.#cpuAtMs >= wholeCore * (now - this.#windowAt);
    const least = isSaturated ? this.#fewest : this.#min;
    if (this.#value < least) this.#value += 1;
    else if (metMs > this.#targetMs)
      this.#value = Math.max(
        least,
        this.#value * (isSaturated ? Math.max(0.5, Math.min(0.8, this.#targetMs / metMs)) : 0.8),
      );
    else if (this.#wasFull && metMs < this.#targetMs / 2)
      this.#value = Math.min(this.#max, this.#value + Math.max(1, this.#value / 8));
    this.#windowAt = now;
    this.#cpuAtMs = cpuAtMs;
    this.#busyMs = 0;
    this.#squaredMs = 0;
    this.#wasFull = false;
  }
}

/** The threads that collect garbage count too: never less than what turns took. */
function cpuOfThisProcess(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
