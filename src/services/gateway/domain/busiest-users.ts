/** More users than these are forgotten, those with the fewest requests first. */
const maxCounted = 10_000;
/** What a request of the last ranking still weighs at the next. */
const fading = 0.5;

/**
 * Finds the users that ask most of late, of any number of them, in bounded room. While there is room everybody is named; after that `rank` names those with the most recent
 * requests. A named user gives way only to one who asks twice as much, so that series do not come and go.
 */
export class BusiestUsers {
  readonly #size: number;
  readonly #weights = new Map<string, number>();
  readonly #named = new Set<string>();

  constructor(size: number) {
    this.#size = size;
  }

  /** Counts a request; true when the user is one of the named. */
  count(user: string): boolean {
    this.#weights.set(user, (this.#weights.get(user) ?? 0) + 1);
    if (this.#named.size < this.#size) this.#named.add(user);
    return this.#named.has(user);
  }

  /** Names who asks most now; returns who is no longer named. */
  rank(): string[] {
    const worth = ([user, weight]: [string, number]): number => (this.#named.has(user) ? 2 * weight : weight);
    const ranked = [...this.#weights].sort((a, b) => worth(b) - worth(a));
    const top = new Set(ranked.slice(0, this.#size).map(([user]) => user));
    const gone = [...this.#named].filter((user) => !top.has(user));
    this.#named.clear();
    for (const user of top) this.#named.add(user);
    this.#weights.clear();
    for (const [user, weight] of ranked.slice(0, maxCounted))
      if (weight * fading > 0.01) this.#weights.set(user, weight * fading);
    return gone;
  }
}
