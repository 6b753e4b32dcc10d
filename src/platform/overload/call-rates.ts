/** The rates are measured over such times, that of ends longer while nothing ends. */
const measureMs = 100;
/** After that a measurement says nothing any more. */
const longestMeasureMs = 1_000;
/** How much of what was measured before stays after `measureMs`. */
const memory = 0.7;
/** How long calls took is forgotten when none has ended for so long. */
const forgetMs = 10_000;

type Arrivals = { count: number; perMs: number };

/** What is known of calls that pass a limit: how many of each class come, how long they hold a slot, and how fast they end while others wait. All times in milliseconds. */
export class CallRates {
  readonly #arrivals: readonly Arrivals[];
  #arrivalsAt = 0;
  #ended = 0;
  #endsAt = 0;
  #endsPerMs = 0;
  /** Sums that fade with time, so that one slow call among many is one of many. */
  readonly #held = { calls: 0, ms: 0 };
  #heldAt = 0;

  constructor(classes: number) {
    this.#arrivals = Array.from({ length: classes }, () => ({ count: 0, perMs: 0 }));
  }

  /** Calls that end per millisecond while others wait; 0: not known. */
  get endsPerMs(): number {
    return this.#endsPerMs;
  }

  /** How long a call holds a slot, on the average of those that ended last; 0: not known. */
  get slotMs(): number {
    return this.#held.calls === 0 ? 0 : this.#held.ms / this.#held.calls;
  }

  /** Calls of higher classes that come per millisecond. */
  overtaking(priority: number): number {
    let perMs = 0;
    for (let i = 0; i < priority; i++) perMs += this.#arrivals[i]?.perMs ?? 0;
    return perMs;
  }

  arrived(priority: number): void {
    const arrivals = this.#arrivals[priority];
    if (arrivals) arrivals.count += 1;
  }

  /** `heldMs`: how long it held a slot; undefined when it did not run. */
  ended(heldMs: number | undefined): void {
    this.#ended += 1;
    if (heldMs === undefined) return;
    this.#held.calls += 1;
    this.#held.ms += heldMs;
  }

  /** The first that waits has come after a time without any: the ends before it do not count, nor how long calls took before a long silence. */
  beginWaiting(now: number): void {
    if (now - this.#heldAt > forgetMs) this.#fadeHeld(0);
    if (now - this.#endsAt > measureMs) this.#countEndsFrom(now);
  }

  /** To be called often; measures when it is time to. */
  measure(isWaiting: boolean, now: number): void {
    this.#measureArrivals(now);
    this.#measureEnds(isWaiting, now);
  }

  #measureArrivals(now: number): void {
    const tookMs = now - this.#arrivalsAt;
    if (tookMs < measureMs) return;
    const kept = tookMs < longestMeasureMs ? memory ** (tookMs / measureMs) : 0;
    for (const arrivals of this.#arrivals) {
      arrivals.perMs = kept * arrivals.perMs + (1 - kept) * (arrivals.count / tookMs);
      arrivals.count = 0;
    }
    this.#arrivalsAt = now;
  }

  /** Only a time in which calls waited tells how fast they end at most. Calls that began together end together: the time without ends before them is part of theirs. */
  #measureEnds(isWaiting: boolean, now: number): void {
    const tookMs = now - this.#endsAt;
    if (tookMs < measureMs) return;
    const isRecent = tookMs < longestMeasureMs;
    if (this.#ended > 0) {
      this.#fadeHeld(keptAfter(tookMs));
      this.#heldAt = now;
    }
    if (isRecent && isWaiting && this.#ended === 0) return;
    const measured = this.#ended / tookMs;
    if (isRecent && isWaiting)
      this.#endsPerMs = this.#endsPerMs === 0 ? measured : mix(this.#endsPerMs, measured, tookMs);
    else if (!isWaiting && !isRecent) this.#endsPerMs = 0;
    this.#countEndsFrom(now);
  }

  #fadeHeld(kept: number): void {
    this.#held.calls *= kept;
    this.#held.ms *= kept;
  }

  #countEndsFrom(now: number): void {
    this.#endsAt = now;
    this.#ended = 0;
  }
}

function mix(before: number, measured: number, tookMs: number): number {
  const kept = keptAfter(tookMs);
  return kept * before + (1 - kept) * measured;
}

function keptAfter(tookMs: number): number {
  return memory ** (tookMs / measureMs);
}
