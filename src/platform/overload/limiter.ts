import { AdaptiveLimit, type AdaptiveLimitOptions } from "./adaptive-limit";
import { CallRates } from "./call-rates";
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
  /** The longest estimated wait in milliseconds that is offered to anybody. Who has waited for that long goes before newcomers of all classes but the first; nobody waits for more than twice that. */
  maxWaitMs: number;
  /** Runs one that waited; it holds a slot until `release`. */
  start(item: T): void;
  /** One that waited leaves without a slot: its time is over, or somebody more important took its place. */
  refuse(item: T, reason: RefusalReason): void;
};

/** A place among those that run. */
export type Slot = {
  /** Gives it back for good. `heldMs`: how long it was used, in milliseconds; none when it was not. */
  release(heldMs?: number): void;
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
/** So many of those who wait are let in per turn: between two looks at the sockets, where whoever is to be refused waits for it. */
const mostStarts = 8;
/** Slots of the first class beyond the limit: a quarter of it, and at least so many. */
const fewestReserved = 2;

/**
 * Bounds what runs at a time. Who finds no room waits in a bounded queue, by class; who would wait too long by estimate is told so at once. Strict: while there are
 * more of a class than can be served, nobody of a lower class is let wait; who was let wait before that is served all the same.
 */
export class Limiter<T extends Waiting> implements Slot {
  readonly #limit: AdaptiveLimit;
  readonly #queue: PriorityQueue<T>;
  readonly #options: LimiterOptions<T>;
  #running = 0;
  #expiry: NodeJS.Timeout | undefined;
  #turnAt = 0;
  #turnIsOpen = false;
  /** When the first of those who wait began to. */
  #fullSince = 0;
  readonly #rates: CallRates;

  constructor(options: LimiterOptions<T>) {
    this.#options = options;
    this.#limit = new AdaptiveLimit(options);
    this.#queue = new PriorityQueue(options.classes, options.maxQueued);
    this.#rates = new CallRates(options.classes);
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
    this.#start();
    return true;
  }

  /** Takes one of the slots beyond the limit that are the first class's own, for whom `tryStart` had none: calls that began together end together, and it would wait for all of them. */
  tryStartReserved(priority: number): boolean {
    if (priority > 0 || this.#queue.ahead(0) > 0) return false;
    const limit = this.#limit.value;
    if (this.#running >= limit + Math.max(fewestReserved, limit >> 2)) return false;
    this.#start();
    return true;
  }

  #start(): void {
    this.#running += 1;
    // A single call says nothing about too many at a time.
    if (this.#running > 1) this.#watchTurn();
  }

  /** Lets one wait for whom `tryStart` had no slot. Returns why not, when it may not. */
  offer(item: T): RefusalReason | undefined {
    this.#watchTurn();
    this.#rates.arrived(item.priority);
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
    if (this.#queue.length === 0) {
      this.#fullSince = item.since;
      this.#rates.beginWaiting(item.since);
    }
    this.#queue.push(item, item.priority);
    this.#expiry ??= setTimeout(this.#expire, expireEveryMs).unref();
    return undefined;
  }

  /**
   * Milliseconds that a newcomer of this class would wait: for those before it and those of higher classes who come meanwhile, by how fast calls end, and by how fast they can end at
   * most when each holds its slot for as long as before: calls that began together end together, and for that moment faster than they do. While neither is known, by how long those that run have taken at least.
   */
  estimateMs(priority: number): number {
    const before = this.#queue.ahead(priority) + 1;
    const { endsPerMs, slotMs } = this.#rates;
    const running = Math.max(1, this.#running);
    const mostPerMs = slotMs > 0 ? running / slotMs : Infinity;
    if (endsPerMs > 0) return this.#waitMs(before, Math.min(endsPerMs, mostPerMs), priority);
    const tookMs = this.#queue.length > 0 ? performance.now() - this.#fullSince : 0;
    return Math.max((before * tookMs) / running, this.#waitMs(before, mostPerMs, priority));
  }

  #waitMs(before: number, endsPerMs: number, priority: number): number {
    return endsPerMs === Infinity
      ? 0
      : before / Math.max(endsPerMs / 1000, endsPerMs - this.#rates.overtaking(priority));
  }

  /** While nobody knows how fast calls end, few may wait: a flood of slow calls must not fill a queue that is told of it only after the longest wait. */
  #isTooEarly(priority: number): boolean {
    const most = Math.max(waitingUnseen, 2 * this.#running);
    return this.#rates.endsPerMs === 0 && this.#queue.ahead(priority) >= most;
  }

  release(heldMs?: number): void {
    this.#running -= 1;
    this.#rates.ended(heldMs);
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
    this.#rates.measure(this.#queue.length > 0, now);
    this.#startNext(now);
    if (this.#queue.length > 0 && this.#running < this.#limit.value) this.#watchTurn();
  };

  #startNext(now: number): void {
    for (let starts = 0; starts < mostStarts && this.#running < this.#limit.value;) {
      const item = this.#queue.shift();
      if (!item) return;
      if (now >= item.until) {
        this.#options.refuse(item, "deadline");
        continue;
      }
      starts += 1;
      this.#running += 1;
      this.#options.start(item);
    }
  }

  /** Whoever has waited twice as long as anybody is offered to, or for longer than its deadline, leaves: the estimate was wrong by far. */
  readonly #expire = (): void => {
    const now = performance.now();
    const since = now - 2 * this.#options.maxWaitMs;
    this.#queue.promote((first) => first.since <= now - this.#options.maxWaitMs);
    for (;;) {
      const item = this.#queue.shiftIf((first) => first.since < since || now >= first.until);
      if (!item) break;
      this.#options.refuse(item, now >= item.until ? "deadline" : "wait");
    }
    this.#expiry = this.#queue.length > 0 ? setTimeout(this.#expire, expireEveryMs).unref() : undefined;
  };
}
