/** A queue per class, bounded together; class 0 goes first, and within a class whoever came first. */
export class PriorityQueue<T> {
  readonly #lines: { items: (T | undefined)[]; head: number }[];
  readonly #max: number;
  #length = 0;

  constructor(classes: number, max: number) {
    this.#lines = Array.from({ length: classes }, () => ({ items: [], head: 0 }));
    this.#max = max;
  }

  get length(): number {
    return this.#length;
  }

  get full(): boolean {
    return this.#length >= this.#max;
  }

  /** How many would go before a newcomer of this class. */
  ahead(priority: number): number {
    let count = 0;
    for (let i = 0; i <= priority; i++) count += this.lengthOf(i);
    return count;
  }

  lengthOf(priority: number): number {
    const line = this.#lines[priority];
    return line ? line.items.length - line.head : 0;
  }

  push(item: T, priority: number): void {
    this.#lines[priority]?.items.push(item);
    this.#length += 1;
  }

  /** The next one; undefined when nobody waits. */
  shift(): T | undefined {
    return this.shiftIf(() => true);
  }

  /** The first of the highest class whose first fulfils `isWanted`; undefined when there is none. */
  shiftIf(isWanted: (item: T) => boolean): T | undefined {
    for (const line of this.#lines) {
      if (line.head === line.items.length || !isWanted(line.items[line.head] as T)) continue;
      const item = line.items[line.head];
      line.items[line.head] = undefined;
      line.head += 1;
      if (line.head === line.items.length || line.head > 1_000) {
        line.items = line.items.slice(line.head);
        line.head = 0;
      }
      this.#length -= 1;
      return item;
    }
    return undefined;
  }

  /** Takes out the newest of the lowest class below this one, who has lost the least by it. */
  evictBelow(priority: number): T | undefined {
    for (let i = this.#lines.length - 1; i > priority; i--) {
      const line = this.#lines[i];
      if (!line || line.head === line.items.length) continue;
      this.#length -= 1;
      return line.items.pop();
    }
    return undefined;
  }
}
