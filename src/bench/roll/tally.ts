import { quantile } from "../../tools/demo/latency";

/** How the calls of a run ended. A call that was sent again and then went well is one call that went well. */
export class Tally {
  calls = 0;
  failed = 0;
  /** Not sent, because too many were open. */
  heldBack = 0;
  readonly byService: Record<string, { calls: number; failed: number }> = {};
  /** `crm.addNote UNAVAILABLE: …`, and how often. */
  readonly faults = new Map<string, number>();
  #millis: number[] = [];

  async count(name: string, call: () => Promise<unknown>): Promise<void> {
    const service = (this.byService[name.split(".")[0] ?? name] ??= { calls: 0, failed: 0 });
    const startedAt = performance.now();
    this.calls += 1;
    service.calls += 1;
    try {
      await call();
    } catch (error) {
      this.failed += 1;
      service.failed += 1;
      this.#note(name, error);
    }
    this.#millis.push(performance.now() - startedAt);
    if (this.#millis.length > 200_000) this.#millis = this.#millis.filter((_, n) => n % 2 === 0);
  }

  /** Milliseconds. */
  latency(share: number): number {
    return Math.round(quantile(this.#millis, share) * 10) / 10;
  }

  #note(name: string, error: unknown): void {
    const { category, reason, message } = error as { category?: string; reason?: string; message?: string };
    const text = `${name} ${category ?? "error"} ${reason ?? ""}: ${(message ?? String(error)).slice(0, 160)}`;
    this.faults.set(text, (this.faults.get(text) ?? 0) + 1);
  }
}
