/** A partition's end over a time in which it did not change. */
type Stand = { high: number; from: number; to: number };

/** More stands than these are thinned out: of a day of steady writing ages are then told less exactly. */
const maxStands = 1_000;

/**
 * Where the end of one partition was when. A record was written when the end went past it; between two looks the end is taken to have risen evenly. Needs no record to be read,
 * and knows a record's age to the distance of two looks.
 */
export class EndHistory {
  #stands: Stand[] = [];

  get empty(): boolean {
    return this.#stands.length === 0;
  }

  /** The end was `high` at `at` (epoch milliseconds). Looks are told in their order; an end that has fallen is another topic of the same name. */
  note(high: number, at: number): void {
    const last = this.#stands.at(-1);
    if (last?.high === high) {
      last.to = at;
      return;
    }
    if (last && high < last.high) this.#stands = [];
    this.#stands.push({ high, from: at, to: at });
    if (this.#stands.length > maxStands)
      this.#stands = this.#stands.filter((_, n, all) => n % 2 === 0 || n === all.length - 1);
  }

  /** When the record at `offset` was written, in epoch milliseconds; at the latest, for one that is older than the history. Undefined: it is not written yet. */
  writtenAt(offset: number): number | undefined {
    const after = this.#stands.findIndex(({ high }) => high > offset);
    const next = this.#stands[after];
    if (!next) return undefined;
    const previous = this.#stands[after - 1];
    if (!previous) return next.from;
    const share = (offset + 1 - previous.high) / (next.high - previous.high);
    return previous.to + share * (next.from - previous.to);
  }
}
