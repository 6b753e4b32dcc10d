import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { isAlive, startTimeOf, treeOf, type ProcessIdentity } from "../proc";
import type { ProcessSpec } from "../process-spec";
import type { RestartPolicy } from "../settings";
import type { ProcessReport, ProcessState } from "./protocol";

const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
/** A process that ran this long starts over with the first delay again. */
const steadyMs = 60_000;

type Hooks = { onChange: () => void; note: (message: string, level?: "info" | "warn") => void };

/**
 * One process under supervision.
 *
 * stopped → start → running; running → freeze → frozen → resume → running; running or frozen → stop → stopping →
 * stopped. When it ends by itself, or is killed, it is `ended`, or with a restart policy `starting over` and after the
 * delay running again. It writes straight to its log file, so it lives on when the supervisor dies; the next supervisor
 * adopts it by pid and start time and then sees its end by looking, not by being told.
 */
export class SupervisedProcess {
  readonly log: string;
  #spec: ProcessSpec;
  #restart: RestartPolicy;
  readonly #hooks: Hooks;
  #state: ProcessState = "stopped";
  #since = Date.now();
  #identity: ProcessIdentity | undefined;
  #restarts = 0;
  #delayMs = firstDelayMs;
  #lastEnd: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(spec: ProcessSpec, restart: RestartPolicy, log: string, hooks: Hooks) {
    this.#spec = spec;
    this.#restart = restart;
    this.log = log;
    this.#hooks = hooks;
  }

  get identity(): ProcessIdentity | undefined {
    return this.#identity;
  }

  get spec(): ProcessSpec {
    return this.#spec;
  }

  set restart(policy: RestartPolicy) {
    this.#restart = policy;
  }

  report(): ProcessReport {
    return {
      name: this.#spec.name,
      state: this.#state,
      pid: this.#identity?.pid,
      since: this.#since,
      restarts: this.#restarts,
      restart: this.#restart,
      lastEnd: this.#lastEnd,
      log: this.log,
      spec: this.#spec,
    };
  }

  /** Starts it, with another spec when one is given; does nothing when it runs. */
  start(spec: ProcessSpec = this.#spec): void {
    if (this.#identity) return;
    clearTimeout(this.#timer);
    this.#spec = spec;
    mkdirSync(dirname(this.log), { recursive: true });
    const log = openSync(this.log, "a", 0o644);
    const { command, args, env, cwd, user } = spec;
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", log, log], ...user });
    closeSync(log);
    child.once("error", (error) => this.#ended(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => this.#leaderEnded(child, signal ?? `code ${code}`));
    child.unref();
    if (child.pid === undefined) return;
    this.#identity = { pid: child.pid, startTime: startTimeOf(child.pid) ?? 0 };
    this.#enter("running");
  }

  /** Takes over a process that another supervisor started. False when it is gone. */
  adopt(identity: ProcessIdentity, state: ProcessState): boolean {
    if (!isAlive(identity)) return false;
    this.#identity = identity;
    this.#watch = setInterval(() => {
      if (!isAlive(identity)) this.#ended("unseen");
    }, 250);
    this.#enter(state === "frozen" ? "frozen" : "running");
    return true;
  }

  /** Asks it to stop, kills it when its grace is over; resolves when it is gone. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#identity) return this.#enter("stopped");
    const gone = new Promise<void>((resolve) => this.#waiting.push(resolve));
    const frozen = this.#state === "frozen";
    this.#enter("stopping");
    if (frozen) this.#signalTree("SIGCONT");
    this.#signal(this.#spec.stopSignal);
    const timer = setTimeout(() => {
      this.#hooks.note(`${this.#spec.name} did not stop in ${this.#spec.stopMs} ms and was killed`, "warn");
      this.#signalTree("SIGKILL");
    }, this.#spec.stopMs);
    await gone;
    clearTimeout(timer);
  }

  /** SIGKILL to it and to all it started. The restart policy applies. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (!this.#identity) return;
    const gone = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#signalTree("SIGKILL");
    await gone;
  }

  freeze(): void {
    if (this.#state !== "running") return;
    this.#signalTree("SIGSTOP");
    this.#enter("frozen");
  }

  resume(): void {
    if (this.#state !== "frozen") return;
    this.#signalTree("SIGCONT");
    this.#enter("running");
  }

  #leaderEnded(child: ChildProcess, how: string): void {
    // What is left of its process group goes with it, as in a container.
    if (child.pid !== undefined) signal(-child.pid, "SIGKILL");
    this.#ended(how);
  }

  #ended(how: string): void {
    clearInterval(this.#watch);
    const ranMs = Date.now() - this.#since;
    const asked = this.#state === "stopping";
    this.#identity = undefined;
    this.#lastEnd = how;
    if (asked) this.#enter("stopped");
    else if (this.#restart === "off") this.#enter("ended");
    else this.#startLater(ranMs);
    if (!asked) this.#hooks.note(`${this.#spec.name} ended (${how})`, "warn");
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #startLater(ranMs: number): void {
    if (ranMs > steadyMs) this.#delayMs = firstDelayMs;
    const delayMs = typeof this.#restart === "number" ? this.#restart : this.#delayMs;
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
    this.#enter("starting over");
    this.#timer = setTimeout(() => {
      this.#restarts += 1;
      this.start();
    }, delayMs);
  }

  #enter(state: ProcessState): void {
    if (state !== this.#state) this.#since = Date.now();
    this.#state = state;
    this.#hooks.onChange();
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#identity && isAlive(this.#identity)) signal(this.#identity.pid, name);
  }

  #signalTree(name: NodeJS.Signals): void {
    if (!this.#identity || !isAlive(this.#identity)) return;
    for (const pid of treeOf(this.#identity.pid)) signal(pid, name);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
