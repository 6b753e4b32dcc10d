/** The queue as it was at one time. */
type Sample = { at: number; queued: number };

/** How far back the queue's length is remembered; a head that has waited longer is measured by what is known. */
const longestMs = 2 * 3_600_000;

/**
 * How long a newcomer would wait, from nothing but the queue's length and the age of its oldest job. All that stood in the queue when that job came has left it
 * since, or is about to: length then, divided by the age, is how fast the queue moves. Fair turns between owners make it an estimate.
 */
export class WaitEstimate {
  readonly #samples: Sample[] = [];
  #waitMs = 0;

  /** Milliseconds, of the last sample. */
  get waitMs(): number {
    return this.#waitMs;
  }

  /** Takes the queue as it is at `now` in milliseconds: how many wait, and for how long the first of them has. */
  sample(now: number, queued: number, oldestMs: number): void {
    this.#samples.push({ at: now, queued });
    while ((this.#samples[0]?.at ?? now) < now - longestMs) this.#samples.shift();
    const cameAt = now - oldestMs;
    let before = this.#samples[0]?.queued ?? queued;
    for (const each of this.#samples) {
      if (each.at > cameAt) break;
      before = each.queued;
    }
    this.#waitMs = queued === 0 ? 0 : (queued * oldestMs) / Math.max(1, before);
  }
}
