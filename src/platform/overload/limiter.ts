import { AdaptiveLimit, type AdaptiveLimitOptions } from "./adaptive-limit";
import { PriorityQueue } from "./priority-queue";

/** Why somebody is not let in: no room to wait, a wait over the bound, or one over what is left of the deadline. */
export type RefusalReason = "queue_full" | "wait" | "deadline";

/** What waits. `priority` 0 goes first; times in milliseconds of `performance.now()`. */
export type Waiting = { readonly priority: number; readonly since: number; readonly until: number };

export type LimiterOptions<T extends Waiting> = AdaptiveLimitOptions & {
  /** Number of classes. */
  classes: number;
  /** How many may wait, all classes together. */
  maxQueued: number;
  /** The longest estimated wait in milliseconds that is offered to anybody; nobody waits for more than twice that. */
  maxWaitMs: number;
  /** Runs one that waited; it holds a slot until `release`. */
  start(item: T): void;
  /** One that waited leaves without a slot: its time is over, or somebody more important took its place. */
  refuse(item: T, reason: RefusalReason): void;
};

/** A place among those that run. */
export type Slot = {
  /** Gives it back for good. */
  release(): void;
  /** Lends it to whoever waits. */
  pause(): void;
  /** Has it again at once, even when that makes more than the limit. */
  resume(): void;
};

/** How often those who wait are looked through. */
const expireEveryMs = 100;
/** How many may wait at least before the rate of ends is known. */
const waitingUnseen = 16;
/** So few may wait whatever the estimate says: in a process that has just started the first calls end late, and that says nothing about the next. */
const few = 8;
/** The rate of ends is measured over such times, longer while nothing ends. */
const measureMs = 100;
/** After that a measurement says nothing any more. */
const longestMeasureMs = 1_000;
/** How much of the rate of ends stays after `measureMs`. */
const memory = 0.7;

/**
 * Bounds what runs at a time. Who finds no room waits in a bounded queue, by class; who would wait too long by estimate is told so at once. Strict: while there are
 * more of a class than can be served, lower classes get nothing.
 */
export class Limiter<T extends Waiting> implements Slot {
  readonly #limit: AdaptiveLimit;
  readonly #queue: PriorityQueue<T>;
  readonly #options: LimiterOptions<T>;
  #running = 0;
  #expiry: NodeJS.Timeout | undefined;
  #turnAt = 0;
  #turnIsOpen = false;
  #ended = 0;
  #rateAt = 0;
  /** When the first of those who wait began to. */
  #fullSince = 0;
  /** Calls that end per millisecond while others wait; 0: not known yet. */
  #rate = 0;
  /** By class: offered since the last measurement, and per millisecond. */
  readonly #arrivals: { count: number; rate: number }[];

  constructor(options: LimiterOptions<T>) {
    this.#options = options;
    this.#limit = new AdaptiveLimit(options);
    this.#queue = new PriorityQueue(options.classes, options.maxQueued);
    this.#arrivals = Array.from({ length: options.classes }, () => ({ count: 0, rate: 0 }));
  }

  get running(): number {
    return this.#running;
  }
  get queued(): number {
    return this.#queue.length;
  }
  get limit(): number {
    return this.#limit.value;
  }

  /** Takes a slot when there is one and nobody waits for it. */
  tryStart(): boolean {
    if (this.#queue.length > 0 || this.#running >= this.#limit.value) {
      this.#limit.noteFull();
      return false;
    }
    this.#running += 1;
    // A single call says nothing about too many at a time.
    if (this.#running > 1) this.#watchTurn();
    return true;
  }

  /** Lets one wait for whom `tryStart` had no slot. Returns why not, when it may not. */
  offer(item: T): RefusalReason | undefined {
    this.#watchTurn();
    const arrivals = this.#arrivals[item.priority];
    if (arrivals) arrivals.count += 1;
    const { maxWaitMs } = this.#options;
    const waitMs = this.estimateMs(item.priority);
    if (this.#queue.ahead(item.priority) >= few) {
      if (item.since + waitMs > item.until) return "deadline";
      if (waitMs > maxWaitMs || this.#isTooEarly(item.priority)) return "wait";
    }
    if (this.#queue.full) {
      const evicted = this.#queue.evictBelow(item.priority);
      if (!evicted) return "queue_full";
      this.#options.refuse(evicted, "queue_full");
    }
    if (this.#queue.length === 0) this.#fullSince = item.since;
    if (this.#queue.length === 0 && item.since - this.#rateAt > measureMs) this.#measureFrom(item.since);
    this.#queue.push(item, item.priority);
    this.#expiry ??= setTimeout(this.#expire, expireEveryMs).unref();
    return undefined;
  }

  /**
   * Milliseconds that a newcomer of this class would wait: for those before it and those of higher classes who come meanwhile, by how fast calls end. While that is not
   * known, by how long those that run have taken at least.
   */
  estimateMs(priority: number): number {
    const before = this.#queue.ahead(priority) + 1;
    if (this.#rate > 0) return before / Math.max(this.#rate / 1000, this.#rate - this.#overtaking(priority));
    const tookMs = this.#queue.length > 0 ? performance.now() - this.#fullSince : 0;
    return (before * tookMs) / Math.max(1, this.#running);
  }

  /** While nobody knows how fast calls end, few may wait: a flood of slow calls must not fill a queue that is told of it only after the longest wait. */
  #isTooEarly(priority: number): boolean {
    return this.#rate === 0 && this.#queue.ahead(priority) >= Math.max(waitingUnseen, 2 * this.#running);
  }

  /** Calls of higher classes that come per millisecond. */
  #overtaking(priority: number): number {
    let rate = 0;
    for (let i = 0; i < priority; i++) rate += this.#arrivals[i]?.rate ?? 0;
    return rate;
  }

  /** Gives back a slot. */
  release(): void {
    this.#running -= 1;
    this.#ended += 1;
    if (this.#queue.length > 0) this.#watchTurn();
  }

  pause(): void {
    this.#running -= 1;
    if (this.#queue.length > 0) this.#watchTurn();
  }

  resume(): void {
    this.#running += 1;
  }

  /**
   * Measures the turn of the event loop that follows an arrival: from one look at the sockets to the next, with the timers and the ends of waits between them, in which handlers
   * do most of their work. An immediate that is due keeps the loop from sleeping in it. Queued calls are started after the look, when what can be refused is refused.
   */
  #watchTurn(): void {
    if (this.#turnIsOpen) return;
    this.#turnIsOpen = true;
    setImmediate(this.#beginTurn);
  }

  readonly #beginTurn = (): void => {
    this.#turnAt = performance.now();
    this.#startNext(this.#turnAt);
    setImmediate(this.#endTurn);
  };

  readonly #endTurn = (): void => {
    const now = performance.now();
    this.#turnIsOpen = false;
    this.#limit.sample(now - this.#turnAt, now);
    if (now - this.#rateAt >= measureMs) this.#measureRate(now);
    this.#startNext(now);
    if (this.#queue.length > 0 && this.#running < this.#limit.value) this.#watchTurn();
  };

  #startNext(now: number): void {
    while (this.#running < this.#limit.value) {
      const item = this.#queue.shift();
      if (!item) return;
      if (now >= item.until) {
        this.#options.refuse(item, "deadline");
        continue;
      }
      this.#running += 1;
      this.#options.start(item);
    }
  }

  /** The estimate was wrong by half for whoever has waited twice as long as anybody is offered to, or for longer than its deadline. */
  readonly #expire = (): void => {
    const now = performance.now();
    const since = now - 2 * this.#options.maxWaitMs;
    for (;;) {
      const item = this.#queue.shiftIf((first) => first.since < since || now >= first.until);
      if (!item) break;
      this.#options.refuse(item, now >= item.until ? "deadline" : "wait");
    }
    this.#expiry = this.#queue.length > 0 ? setTimeout(this.#expire, expireEveryMs).unref() : undefined;
  };

  /** Only a time in which calls waited tells how fast they end at most. Calls that began together end together: the time without ends before them is part of theirs. */
  #measureRate(now: number): void {
    const tookMs = now - this.#rateAt;
    const isRecent = tookMs < longestMeasureMs;
    if (isRecent && this.#queue.length > 0 && this.#ended === 0) return;
    const measured = this.#ended / tookMs;
    const kept = memory ** (tookMs / measureMs);
    if (isRecent && this.#queue.length > 0)
      this.#rate = this.#rate === 0 ? measured : kept * this.#rate + (1 - kept) * measured;
    else if (this.#queue.length === 0 && !isRecent) this.#rate = 0;
    for (const arrivals of this.#arrivals) {
      arrivals.rate = isRecent ? kept * arrivals.rate + (1 - kept) * (arrivals.count / tookMs) : 0;
      arrivals.count = 0;
    }
    this.#measureFrom(now);
  }

  #measureFrom(now: number): void {
    this.#rateAt = now;
    this.#ended = 0;
  }
}
