/** Messages of a stream that are made in several places, for the one who sends them: in order, reading waits for the next one. */
export class MessageQueue<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  #wake: () => void = () => undefined;
  #ended = false;
  #error: unknown;

  /** Adds a message; one that comes after the end is dropped. */
  push(item: T): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#wake();
  }

  /** Lets the reader come to its end after what is there already. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Ends with an error, which the reader meets after what is there already. */
  fail(error: unknown): void {
    this.#error = error;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#error !== undefined) throw this.#error;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
