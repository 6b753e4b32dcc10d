import type { ProcessCode, ProcessLimits } from "./types";
import { usageOfTree, type Usage } from "./usage";

/** How often the limits are looked at, in milliseconds; sooner at first, so that the use of a short process is seen at all. */
const lookMs = 250;
const firstLookMs = 20;

type Broken = Extract<ProcessCode, "stalled" | "too_slow" | "too_much_memory">;

/** Watches one process: its time, its signs of life, its memory; remembers what it used. */
export class Guard {
  readonly #pid: number;
  readonly #limits: ProcessLimits;
  readonly #onBroken: (code: Broken, how: string) => void;
  readonly #startedAt = Date.now();
  #movedAt = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #used: Usage | undefined;

  constructor(pid: number, limits: ProcessLimits, onBroken: (code: Broken, how: string) => void) {
    this.#pid = pid;
    this.#limits = limits;
    this.#onBroken = onBroken;
    this.#lookAfter(firstLookMs);
  }

  /** The CPU time and the memory at their highest; undefined where the system does not tell. */
  get used(): Usage | undefined {
    return this.#used;
  }

  moved(): void {
    this.#movedAt = Date.now();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #lookAfter(ms: number): void {
    const { stallMs = Infinity, totalMs = Infinity } = this.#limits;
    const now = Date.now();
    const next = Math.min(ms, this.#startedAt + totalMs - now + 1, this.#movedAt + stallMs - now + 1);
    this.#timer = setTimeout(() => void this.#look(ms), Math.max(1, next));
  }

  async #look(ms: number): Promise<void> {
    const usage = await usageOfTree(this.#pid);
    if (this.#stopped) return;
    this.#used = usage && {
      residentMb: Math.max(usage.residentMb, this.#used?.residentMb ?? 0),
      cpuSeconds: Math.max(usage.cpuSeconds, this.#used?.cpuSeconds ?? 0),
    };
    this.#check(usage);
    if (!this.#stopped) this.#lookAfter(Math.min(lookMs, ms * 2));
  }

  #check(usage: Usage | undefined): void {
    const { stallMs = Infinity, totalMs = Infinity, memoryMb = Infinity } = this.#limits;
    const now = Date.now();
    const used = usage?.residentMb ?? 0;
    if (now - this.#movedAt > stallMs) this.#onBroken("stalled", `made no progress for ${stallMs} ms`);
    else if (now - this.#startedAt > totalMs) this.#onBroken("too_slow", `took longer than ${totalMs} ms`);
    else if (used > memoryMb)
      this.#onBroken("too_much_memory", `took ${Math.round(used)} MB, ${memoryMb} are allowed`);
  }
}
