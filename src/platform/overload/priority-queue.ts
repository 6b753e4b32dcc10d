type Line<T> = { items: (T | undefined)[]; head: number };

/** A queue per class, bounded together; class 0 goes first, and within a class whoever came first. Who was promoted comes between class 0 and the others. */
export class PriorityQueue<T> {
  readonly #lines: Line<T>[];
  readonly #max: number;
  #length = 0;

  constructor(classes: number, max: number) {
    this.#lines = Array.from({ length: classes + 1 }, () => ({ items: [], head: 0 }));
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
    for (const { items, head } of this.#lines.slice(0, lineOf(priority) + 1)) count += items.length - head;
    return count;
  }

  push(item: T, priority: number): void {
    this.#lines[lineOf(priority)]?.items.push(item);
    this.#length += 1;
  }

  /** Lets the first of each class but 0, as long as they fulfil `isDue`, go before all others of these classes. */
  promote(isDue: (item: T) => boolean): void {
    const [, promoted, ...others] = this.#lines;
    for (const line of others)
      while (line.head < line.items.length && isDue(line.items[line.head] as T))
        promoted?.items.push(takeFirst(line));
  }

  /** The next one; undefined when nobody waits. */
  shift(): T | undefined {
    return this.shiftIf(() => true);
  }

  /** The first of the highest class whose first fulfils `isWanted`; undefined when there is none. */
  shiftIf(isWanted: (item: T) => boolean): T | undefined {
    for (const line of this.#lines) {
      if (line.head === line.items.length || !isWanted(line.items[line.head] as T)) continue;
      this.#length -= 1;
      return takeFirst(line);
    }
    return undefined;
  }

  /** Takes out the newest of the lowest class below this one, who has lost the least by it. */
  evictBelow(priority: number): T | undefined {
    for (let i = this.#lines.length - 1; i > lineOf(priority); i--) {
      const line = this.#lines[i];
      if (!line || line.head === line.items.length) continue;
      this.#length -= 1;
      return line.items.pop();
    }
    return undefined;
  }
}

/** The line of the promoted is the second. */
function lineOf(priority: number): number {
  return priority === 0 ? 0 : priority + 1;
}

function takeFirst<T>(line: Line<T>): T {
  const item = line.items[line.head] as T;
  line.items[line.head] = undefined;
  line.head += 1;
  if (line.head === line.items.length || line.head > 1_000) {
    line.items = line.items.slice(line.head);
    line.head = 0;
  }
  return item;
}
