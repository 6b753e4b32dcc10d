import { ModelError } from "./model-error";

/**
 * The working memory of one measurement. Every array whose size the model decides is reserved here before it is
 * made, so that a small file cannot ask for much memory (a 3MF packs well, and its components multiply).
 */
export class MemoryBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  reserve(bytes: number): void {
    this.#used += bytes;
    if (this.#used > this.#limit) {
      throw new ModelError(
        "TOO_COMPLEX",
        `the model needs at least ${mib(this.#used)} of working memory, its size allows ${mib(this.#limit)}`,
      );
    }
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }
}

function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
