import { LRUCache } from "lru-cache";
import { planted } from "../config";
import { untraced } from "../telemetry";

/** What a look found. */
export type Changes = {
  /** Where the source stood, for the next look. */
  position: string;
  /** What has changed since the last position, as tags; `anything` when that cannot be told. */
  changed: readonly string[] | "anything";
};

/**
 * Asks the source what has changed since a position; `undefined` for the first time, which answers `anything`. It must see everything that was committed before it was
 * called, and tell each change in the first look that sees it, in whatever order changes are committed.
 */
export type Look = (since: string | undefined) => Promise<Changes>;

export type LookOutcome = "unchanged" | "changed" | "anything" | "failed";

/** Changed tags that are remembered one by one. What is forgotten counts as changed when it was. */
const maxMarks = 20_000;

type Waiting = { promise: Promise<number>; start: () => void };

/**
 * Follows a source by looks that its readers ask for. Time here is counted in looks that found something: `now` grows by one with each, and what was read at some `now`
 * is unchanged while none of its tags has been found changed since.
 */
export class ChangeFeed {
  readonly #look: Look;
  readonly #told: (outcome: LookOutcome) => void;
  readonly #changedAt: LRUCache<string, number>;
  #position: string | undefined;
  #now = 0;
  /** What was read before this counts as changed. */
  #floor = 0;
  #running: Promise<number> | undefined;
  #next: Waiting | undefined;

  constructor(look: Look, told: (outcome: LookOutcome) => void) {
    this.#look = look;
    this.#told = told;
    this.#changedAt = new LRUCache({
      max: maxMarks,
      // The one that was changed longest ago leaves: whatever was read before that change may be among what it concerned.
      dispose: (at, _tag, reason) => {
        if (reason === "evict") this.#floor = Math.max(this.#floor, at);
      },
    });
  }

  /** To be kept with what is read after this moment. */
  get now(): number {
    return this.#now;
  }

  /** False when one of the tags has changed since `at`, or may have. */
  isUnchanged(tags: readonly string[], at: number): boolean {
    if (planted("cache-not-invalidated")) return true;
    if (at < this.#floor) return false;
    return tags.every((tag) => (this.#changedAt.peek(tag) ?? 0) <= at);
  }

  /**
   * Waits for a look that begins after the call, and resolves to when it began (`performance.now()`). All calls during a look share the next one: there is never more than one
   * under way. Rejects as the look does; everything counts as changed then.
   */
  confirm(): Promise<number> {
    if (!this.#running) return this.#run();
    if (!this.#next) {
      let start = (): void => undefined;
      const promise = new Promise<number>((resolve) => (start = () => resolve(this.#run())));
      this.#next = { promise, start };
    }
    return this.#next.promise;
  }

  #run(): Promise<number> {
    const startedAt = performance.now();
    this.#running = untraced(async () => this.#look(this.#position))
      .then(
        (changes) => this.#learn(changes),
        (error: unknown) => {
          this.#learn({ position: undefined, changed: "anything" }, "failed");
          throw error;
        },
      )
      .then(() => startedAt)
      .finally(() => {
        this.#running = undefined;
        const next = this.#next;
        this.#next = undefined;
        next?.start();
      });
    return this.#running;
  }

  #learn(
    { position, changed }: { position: string | undefined; changed: Changes["changed"] },
    outcome?: LookOutcome,
  ): void {
    this.#position = position;
    if (changed === "anything") {
      this.#now += 1;
      this.#floor = this.#now;
      this.#changedAt.clear();
    } else if (changed.length > 0) {
      this.#now += 1;
      for (const tag of changed) this.#changedAt.set(tag, this.#now);
    }
    this.#told(
      outcome ?? (changed === "anything" ? "anything" : changed.length > 0 ? "changed" : "unchanged"),
    );
  }
}
