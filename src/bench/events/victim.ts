import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { GoOn, RelayReport } from "./relay-child";

export type VictimOptions = {
  /** The compiled `relay-child`. */
  program: string;
  brokers: string;
  leaseMs: number;
  /** One relay each. */
  databaseUrls: readonly string[];
  random: () => number;
};

/** What becomes of a relay that stands between produce and mark. The rest goes on. */
const chances = { hold: 0.6, freeze: 0.02 };
/** Of the processes, those that are killed wherever they are. */
const anywhere = 0.08;

/**
 * A process of relays, from its start to its SIGKILL. A relay that has produced is held, frozen with its process beyond the lease, or let go on; the process
 * is killed when all its relays are held, or when waiting for the last of them has taken too long.
 */
export class Victim {
  readonly relays: number;
  freezes = 0;
  /** Relays that stood between produce and mark when they were killed. */
  between = 0;
  readonly ready: Promise<void>;
  readonly dead: Promise<void>;
  readonly #child: ChildProcess;
  readonly #options: VictimOptions;
  readonly #held = new Set<number>();
  #killed = false;
  #patience: NodeJS.Timeout | undefined;

  constructor(options: VictimOptions, spared = false) {
    const { program, brokers, leaseMs, databaseUrls } = options;
    this.relays = databaseUrls.length;
    this.#options = options;
    this.#child = fork(program, [brokers, String(leaseMs), ...databaseUrls], {
      execArgv: [],
      env: { ...process.env, DATABASE_POOL_SIZE: "3" },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.dead = once(this.#child, "exit").then(() => {
      if (!this.#killed) throw new Error("A relay's process ended by itself.");
    });
    this.dead.catch(() => undefined);
    let tellReady = (): void => undefined;
    this.ready = new Promise((resolve) => (tellReady = resolve));
    this.#child.on("message", (report: RelayReport) => {
      if (report.kind === "produced") return spared ? this.#goOn(report.relay) : this.#decide(report.relay);
      tellReady();
      if (!spared && options.random() < anywhere)
        setTimeout(() => this.kill(), options.random() * leaseMs * 4);
    });
  }

  kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    clearTimeout(this.#patience);
    this.between = this.#held.size;
    this.#child.kill("SIGKILL");
  }

  #decide(relay: number): void {
    const { random, leaseMs } = this.#options;
    const fate = random();
    if (fate < chances.hold) {
      this.#held.add(relay);
      if (this.#held.size === this.relays) this.kill();
      else this.#patience ??= setTimeout(() => this.kill(), leaseMs * 10);
    } else if (fate < chances.hold + chances.freeze) {
      this.freezes++;
      this.#child.kill("SIGSTOP");
      setTimeout(() => {
        this.#child.kill("SIGCONT");
        this.#goOn(relay);
      }, leaseMs * 2);
    } else this.#goOn(relay);
  }

  #goOn(relay: number): void {
    const word: GoOn = { relay };
    if (this.#child.connected && !this.#killed) this.#child.send(word, () => undefined);
  }
}
