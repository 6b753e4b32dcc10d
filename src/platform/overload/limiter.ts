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
  /** The longest estimated wait in milliseconds that is offered to anybody. */
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

/** How much of the last measurement stays in the rate of ends. */
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
  #turnAt = 0;
  #turnIsOpen = false;
  #ended = 0;
  #rateAt = 0;
  /** Calls that end per millisecond while others wait; 0: not known yet. */
  #rate = 0;

  constructor(options: LimiterOptions<T>) {
    this.#options = options;
    this.#limit = new AdaptiveLimit(options);
    this.#queue = new PriorityQueue(options.classes, options.maxQueued);
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
    const { maxWaitMs } = this.#options;
    const waitMs = this.estimateMs(item.priority);
    if (item.since + waitMs > item.until) return "deadline";
    if (waitMs > maxWaitMs) return "wait";
    if (this.#queue.full) {
      const evicted = this.#queue.evictBelow(item.priority);
      if (!evicted) return "queue_full";
      this.#options.refuse(evicted, "queue_full");
    }
    this.#queue.push(item, item.priority);
    return undefined;
  }

  /** Milliseconds that a newcomer of this class would wait, by those before it and by how fast calls end. */
  estimateMs(priority: number): number {
    if (this.#rate === 0) return 0;
    return (this.#queue.ahead(priority) + 1) / this.#rate;
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

  /** A turn of the event loop, measured from its first arrival until all sockets were looked at. Queued calls are started at its end, after the refusals. */
  #watchTurn(): void {
    if (this.#turnIsOpen) return;
    this.#turnIsOpen = true;
    this.#turnAt = performance.now();
    setImmediate(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    const now = performance.now();
    this.#turnIsOpen = false;
    this.#limit.sample(now - this.#turnAt, now);
    if (now - this.#rateAt >= 100) this.#measureRate(now);
    this.#startNext(now);
    if (this.#queue.length > 0 && this.#running < this.#limit.value) this.#watchTurn();
  };

  #startNext(now: number): void {
    while (this.#running < this.#limit.value) {
      const item = this.#queue.shift();
      if (!item) return;
      if (now >= item.until) this.#options.refuse(item, "deadline");
      else if (now - item.since > 2 * this.#options.maxWaitMs) this.#options.refuse(item, "wait");
      else {
        this.#running += 1;
        this.#options.start(item);
      }
    }
  }

  /** Only a time in which calls waited tells how fast they end at most. */
  #measureRate(now: number): void {
    const measured = this.#ended / (now - this.#rateAt);
    const isRecent = now - this.#rateAt < 1_000;
    if (isRecent && this.#queue.length > 0 && measured > 0)
      this.#rate = this.#rate === 0 ? measured : memory * this.#rate + (1 - memory) * measured;
    else if (this.#queue.length === 0 && !isRecent) this.#rate = 0;
    this.#rateAt = now;
    this.#ended = 0;
  }
}
