import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Held, WorkerReport } from "./worker-child";

export type VictimOptions = {
  /** The compiled `worker-child`. */
  program: string;
  address: string;
  serviceKey: string;
  /** Workers in the process. */
  workers: number;
  /** How long a calculation is, in milliseconds. */
  calculationMs: { least: number; most: number };
};

/** A process of workers: what they hold between claim and finish, by their own word, and its end. */
export class Victim {
  readonly workers: number;
  readonly ready: Promise<void>;
  readonly dead: Promise<void>;
  readonly #child: ChildProcess;
  readonly #held = new Map<number, Held>();
  #killed = false;
  #look: () => void = () => undefined;

  constructor({ program, address, serviceKey, workers, calculationMs }: VictimOptions) {
    this.workers = workers;
    this.#child = fork(
      program,
      [address, serviceKey, ...[workers, calculationMs.least, calculationMs.most].map(String)],
      {
        execArgv: [],
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      },
    );
    this.dead = once(this.#child, "exit").then(() => {
      if (!this.#killed) throw new Error("A process of workers ended by itself.");
    });
    this.dead.catch(() => undefined);
    this.ready = new Promise((resolve) => {
      this.#child.on("message", (report: WorkerReport) => {
        if (report.kind === "ready") return resolve();
        const { kind, worker, jobId, fence } = report;
        if (kind === "claimed") this.#held.set(worker, { jobId, fence });
        else if (this.#held.get(worker)?.fence === fence && this.#held.get(worker)?.jobId === jobId)
          this.#held.delete(worker);
        this.#look();
      });
    });
  }

  /** Lets its workers begin, as soon as it is ready. */
  async begin(): Promise<void> {
    await Promise.race([this.ready, this.dead]);
    if (!this.#killed) this.#child.send("begin", () => undefined);
  }

  get held(): Held[] {
    return [...this.#held.values()];
  }

  /** Waits until every worker holds a job, or until patience ends. It must have begun. */
  async allHold(patienceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.#look = () => {
        if (this.#held.size < this.workers) return;
        clearTimeout(timer);
        resolve();
      };
      this.#look();
    });
    this.#look = () => undefined;
  }

  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** Kills the process and waits for its end; what its workers held then. */
  async kill(): Promise<Held[]> {
    this.#killed = true;
    this.#child.kill("SIGKILL");
    const { held } = this;
    await this.dead;
    return held;
  }
}
