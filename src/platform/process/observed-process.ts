import type { ChildProcess } from "node:child_process";
import { constants, setPriority } from "node:os";
import type { AppError } from "../errors";
import { currentScope, remainingMs, type Operation } from "../telemetry";
import { processError } from "./errors";
import { feedInput } from "./feed-input";
import { Guard } from "./guard";
import type { ProcessCode, ProcessEnd, ProcessOptions, Program } from "./types";

type Verdict = { code: ProcessCode; error?: AppError };

/** After a process has ended its pipes are drained; what it left behind may hold them open, and is not waited for longer than that. */
const drainMs = 1_000;
const stderrBytes = 4_096;

/**
 * A child process under observation. It runs until it ends by itself, breaks a limit, is stopped, or `finish` says that its work is done; whatever
 * comes first decides the outcome. It leads a process group of its own, and the whole group is killed with it, also what it leaves behind at its own end.
 */
export class ObservedProcess {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Resolves when the process has ended and its output has been read; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #program: Program;
  readonly #child: ChildProcess;
  readonly #operation: Operation<ProcessEnd>;
  readonly #guard: Guard | undefined;
  readonly #signals: AbortSignal[];
  readonly #onAbort = () => this.stop();
  #verdict: Verdict | undefined;
  #toldCpuSeconds: number | undefined;
  #stderr = "";
  #tell: (end: ProcessEnd) => void = () => undefined;

  /** `child` has just been started, detached. */
  constructor(
    program: Program,
    child: ChildProcess,
    operation: Operation<ProcessEnd>,
    options: ProcessOptions,
  ) {
    this.#program = program;
    this.#child = child;
    this.#operation = operation;
    this.pid = child.pid;
    this.ended = new Promise((resolve) => (this.#tell = resolve));
    this.#signals = [options.signal, currentScope()?.signal].filter((signal) => signal !== undefined);
    this.#listen();
    if (this.pid === undefined) return;
    this.#lowerPriority(this.pid, program.nice);
    const { totalMs = Infinity } = options.limits ?? {};
    const limits = { ...options.limits, totalMs: Math.min(totalMs, remainingMs() ?? Infinity) };
    this.#guard = new Guard(this.pid, limits, (code, how) => this.#end(this.#broken(code, how)));
    for (const signal of this.#signals) {
      if (signal.aborted) this.stop();
      else signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  /** Sends a message to a forked process; what has ended hears nothing. */
  send(message: object): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Calls `listener` for each message of a forked process. */
  onMessage(listener: (message: unknown) => void): void {
    this.#child.on("message", listener);
  }

  /**
   * Streams `input` into standard input and closes it. Resolves also when the process hangs up before its end, which is its right; rejects with the
   * error of `input` alone, and the process then sees a cut stream: stop it.
   */
  async feed(input: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#child.stdin) await feedInput(input, this.#child.stdin, () => this.moved());
  }

  /** A sign of life, for `stallMs`. */
  moved(): void {
    this.#guard?.moved();
  }

  /** The CPU time that the process itself says it took; wins over what was seen. */
  tellCpuSeconds(seconds: number): void {
    this.#toldCpuSeconds = seconds;
  }

  /** The caller has what it wanted: the outcome is `ok`, and the process is killed should it still run. */
  finish(): void {
    this.#end({ code: "ok" });
  }

  /** Nobody waits for it any more: the outcome is `cancelled`, and the process is killed. */
  stop(cause?: unknown): void {
    this.#end(this.#broken("cancelled", "was called off", cause));
  }

  /** Keeps standard output, of which more than `maxBytes` kills the process; call what it gives when the process has ended. */
  keepOutput(maxBytes: number): () => Buffer {
    const chunks: Buffer[] = [];
    let bytes = 0;
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.moved();
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else this.#end(this.#broken("too_much_output", `wrote more than ${maxBytes} bytes`));
    });
    return () => Buffer.concat(chunks);
  }

  #listen(): void {
    const { stdin, stderr } = this.#child;
    stdin?.on("error", () => undefined);
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrBytes);
    });
    this.#child.on("message", () => this.moved());
    this.#child.on("error", (error) => {
      // Also a message that could not be sent is reported here, of which its end will tell.
      if (this.pid === undefined) this.#settle(this.#broken("not_started", "could not be started", error));
    });
    this.#child.once("exit", (exitCode, signal) => {
      this.#guard?.stop();
      this.#verdict ??= this.#ownEnd(exitCode, signal);
      this.#kill();
      const late = setTimeout(() => this.#settle(), drainMs);
      this.#child.once("close", () => {
        clearTimeout(late);
        this.#settle();
      });
    });
  }

  #ownEnd(exitCode: number | null, signal: NodeJS.Signals | null): Verdict {
    if (exitCode === 0) return { code: "ok" };
    return exitCode === null
      ? this.#broken("killed", `was ended by ${signal}`)
      : this.#broken("failed", `ended with code ${exitCode}`);
  }

  #broken(code: Exclude<ProcessCode, "ok">, how: string, cause?: unknown): Verdict {
    return { code, error: processError(this.#program.name, code, how, cause) };
  }

  #end(verdict: Verdict): void {
    if (this.#verdict) return;
    this.#verdict = verdict;
    this.#guard?.stop();
    this.#kill();
  }

  /** The whole group: the process and all it started that did not leave it. */
  #kill(): void {
    if (this.pid === undefined) return;
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      // Nobody of the group is left.
    }
  }

  #lowerPriority(pid: number, nice: number | undefined): void {
    if (nice === undefined) return;
    try {
      setPriority(pid, Math.min(nice, constants.priority.PRIORITY_LOW));
    } catch {
      // It has ended already, which its exit tells.
    }
  }

  #settle(verdict = this.#verdict ?? this.#broken("killed", "was lost")): void {
    const { exitCode, signalCode, stdout, stderr } = this.#child;
    const facts = {
      exitCode: this.pid === undefined ? undefined : (exitCode ?? undefined),
      signal: signalCode ?? undefined,
      cpuSeconds: this.#toldCpuSeconds ?? this.#guard?.used?.cpuSeconds,
      residentMb: this.#guard?.used?.residentMb,
      stderr: this.#stderr,
    };
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#onAbort);
    stdout?.destroy();
    stderr?.destroy();
    const end = this.#operation.settle({ ...verdict, ...facts, attributes: attributesOf(this.pid, facts) });
    if (end) this.#tell(end);
  }
}

function attributesOf(
  pid: number | undefined,
  { exitCode, signal, cpuSeconds }: Pick<ProcessEnd, "exitCode" | "signal" | "cpuSeconds">,
) {
  return {
    ...(pid !== undefined && { "process.pid": pid }),
    ...(exitCode !== undefined && { "process.exit.code": exitCode }),
    ...(signal !== undefined && { "process.exit.signal": signal }),
    ...(cpuSeconds !== undefined && { "process.cpu.seconds": cpuSeconds }),
  };
}
