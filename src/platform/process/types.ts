import type { AppError } from "../errors";
import type { Closable } from "../lifecycle";
import type { Outcome } from "../telemetry";
import type { ObservedProcess } from "./observed-process";

/** How a child process ended. All but `ok` come with an error. */
export const processCodes = [
  "ok",
  "failed",
  "killed",
  "not_started",
  "stalled",
  "too_slow",
  "too_much_memory",
  "too_much_output",
  "cancelled",
] as const;
export type ProcessCode = (typeof processCodes)[number];

export type ProcessLimits = {
  /** Resident memory in megabytes of the process and what it started, pages that they share counted for each. Looked at four times a second, on Linux only. */
  memoryMb?: number;
  /** Longest without a sign of life, in milliseconds: a message, output, input taken, or `moved()`. */
  stallMs?: number;
  /** Longest in all, in milliseconds. The scope's deadline bounds it too. */
  totalMs?: number;
};

/** What to run. */
export type Program = {
  /** Its name in metrics, span and log: one of a few words, never a path or an id. */
  name: string;
  /** The executable; for `fork`, a JavaScript file. */
  file: string;
  args?: readonly string[];
  /** The whole environment. Default: PATH alone, so that no secret of this process gets there. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  /** Options of Node.js itself, for `fork`. */
  execArgv?: readonly string[];
  /** Niceness, 19 gives way most. Default 0. */
  nice?: number;
  /** Whether TRACEPARENT and TRACESTATE are put into the environment. Default true. */
  propagateTrace?: boolean;
};

export type ProcessOptions = {
  limits?: ProcessLimits;
  /** Beside the scope's own; either one kills the process. */
  signal?: AbortSignal;
};

export type RunOptions = ProcessOptions & {
  /** Streamed into standard input, which is closed after it. Without it the process has none. */
  input?: AsyncIterable<Uint8Array>;
  /** Largest standard output in bytes; more kills the process. Default 1 MiB. */
  maxOutputBytes?: number;
};

/** The outcome of a process, with what is known of it besides. */
export type ProcessEnd = Outcome & {
  code: ProcessCode;
  error?: AppError;
  exitCode: number | undefined;
  /** What ended it, such as SIGKILL. */
  signal: string | undefined;
  /** As the process told, or as last seen; undefined where neither is known. */
  cpuSeconds: number | undefined;
  /** The most that was seen. */
  residentMb: number | undefined;
  /** The last 4 KiB of standard error. */
  stderr: string;
};

/** Starts child processes that observe themselves. */
export type Processes = Closable & {
  /** Runs a program to its end and gives its standard output. Rejects with the AppError of every end but `ok`, or with the error of `input`. */
  run(program: Program, options?: RunOptions): Promise<{ stdout: Buffer; end: ProcessEnd }>;
  /** Starts a JavaScript file in a Node.js of its own, with a channel for messages. Standard output is thrown away. */
  fork(program: Program, options?: ProcessOptions): ObservedProcess;
  /** Kills what runs, with all that it started, and waits for its end. What is started after that is refused as `cancelled`. */
  close(): Promise<void>;
};
