import type { Order } from "../../gen/alexandrite/order/v1/order";

type Seen = Pick<Order, "orderId" | "version">;

/** Holds answers against what was committed when; all times by `performance.now()` of one process. */
export class Ages {
  /** When a version was known to be committed, by order and version. */
  readonly #appliedAt = new Map<string, number>();
  #stale = 0;
  #staleAtCallMs = 0;
  #ageAtAnswerMs = 0;

  begin(): void {
    this.#stale = this.#staleAtCallMs = this.#ageAtAnswerMs = 0;
  }

  /** The commit of this version has been acknowledged. */
  applied({ orderId, version }: Seen, at = performance.now()): void {
    this.#appliedAt.set(`${orderId} ${version}`, at);
  }

  /** An answer to a call of `sentAt` shows an order at a version; it is behind by the age of the next one. */
  saw({ orderId, version }: Seen, sentAt: number, answeredAt = performance.now()): void {
    const next = this.#appliedAt.get(`${orderId} ${version + 1}`);
    if (next === undefined) return;
    this.#ageAtAnswerMs = Math.max(this.#ageAtAnswerMs, answeredAt - next);
    if (next >= sentAt) return;
    this.#stale += 1;
    this.#staleAtCallMs = Math.max(this.#staleAtCallMs, sentAt - next);
  }

  worst(): { stale: number; staleAtCallMs: number; ageAtAnswerMs: number } {
    return {
      stale: this.#stale,
      staleAtCallMs: this.#staleAtCallMs,
      ageAtAnswerMs: this.#ageAtAnswerMs,
    };
  }
}
