import { fork, spawn, type ChildProcess } from "node:child_process";
import { AppError } from "../errors";
import type { ServiceHost } from "../lifecycle";
import { injectTrace, Operation, SpanKind } from "../telemetry";
import { processError } from "./errors";
import { createObservers, type ProgramObservers } from "./observe";
import { ObservedProcess } from "./observed-process";
import type { ProcessEnd, Processes, ProcessOptions, Program, RunOptions } from "./types";

const defaultOutputBytes = 1024 * 1024;

export type ProcessesOptions = {
  /** Names of the programs that will run: their series exist from now on, so that `rate()` sees the first failure. */
  programs?: readonly string[];
};

/**
 * Opens the door to child processes. Each is told to metric, span and log by one outcome, bounded by its limits and by the scope's deadline and signal,
 * and killed with all that it started. Close it with `host.own`, before what uses it.
 */
export function openProcesses(host: ServiceHost, { programs = [] }: ProcessesOptions = {}): Processes {
  const observe = createObservers(host);
  for (const program of programs) observe(program);
  const running = new Set<ObservedProcess>();
  let closed = false;

  function start(program: Program, options: ProcessOptions, launch: Launch): ObservedProcess {
    if (closed) {
      const message = `Program ${program.name} is not started: the service is stopping.`;
      throw new AppError({ category: "cancelled", reason: "STOPPING", message });
    }
    const operation = startOperation(program, observe(program.name));
    const started = operation.run(() => {
      const child = launched(program, operation, launch);
      return new ObservedProcess(program, child, operation, options);
    });
    running.add(started);
    void started.ended.then(() => running.delete(started));
    return started;
  }

  return {
    fork: (program, options = {}) => start(program, options, launchFork),
    async run(program, options = {}) {
      const child = start(program, options, (...given) => launchSpawn(options, ...given));
      return collect(child, options);
    },
    async close() {
      closed = true;
      for (const each of running) each.stop();
      await Promise.all([...running].map((each) => each.ended));
    },
  };
}

/** Most faults come as an event, but some (too long a command line, no memory) are thrown. */
function launched(program: Program, operation: Operation<ProcessEnd>, launch: Launch): ChildProcess {
  try {
    return launch(program, envOf(program, operation));
  } catch (cause) {
    const error = processError(program.name, "not_started", "could not be started", cause);
    operation.settle({ code: "not_started", error, ...nothingKnown });
    throw error;
  }
}

const nothingKnown = {
  exitCode: undefined,
  signal: undefined,
  cpuSeconds: undefined,
  residentMb: undefined,
  stderr: "",
};

type Launch = (program: Program, env: Record<string, string>) => ChildProcess;

const launchFork: Launch = ({ file, args = [], cwd, execArgv = [] }, env) =>
  fork(file, [...args], {
    ...(cwd !== undefined && { cwd }),
    execArgv: [...execArgv],
    env,
    detached: true,
    serialization: "json",
    stdio: ["pipe", "ignore", "pipe", "ipc"],
  });

function launchSpawn({ input }: RunOptions, { file, args = [], cwd }: Program, env: Record<string, string>) {
  return spawn(file, [...args], {
    ...(cwd !== undefined && { cwd }),
    env,
    detached: true,
    stdio: [input ? "pipe" : "ignore", "pipe", "pipe"],
  });
}

/** Named as the semantic conventions for command line programs ask, seen from the caller. */
function startOperation({ name, file }: Program, observers: ProgramObservers): Operation<ProcessEnd> {
  observers.started.inc();
  return new Operation(
    name,
    {
      kind: SpanKind.CLIENT,
      attributes: { "process.executable.name": name, "process.executable.path": file },
    },
    observers,
  );
}

function envOf({ env, propagateTrace = true }: Program, operation: Operation<ProcessEnd>) {
  const { PATH } = process.env;
  const base = env ?? (PATH === undefined ? {} : { PATH });
  if (!propagateTrace) return { ...base };
  // Source: OpenTelemetry, "Environment variables as context propagation carriers".
  const trace = Object.entries(injectTrace(operation.context)).map(([name, value]) => [
    name.toUpperCase(),
    value,
  ]);
  return { ...Object.fromEntries(trace), ...base } as Record<string, string>;
}

async function collect(child: ObservedProcess, options: RunOptions) {
  const { input, maxOutputBytes = defaultOutputBytes } = options;
  const output = child.keepOutput(maxOutputBytes);
  let unreadable: { error: unknown } | undefined;
  if (input) {
    child.feed(input).catch((error: unknown) => {
      unreadable = { error };
      child.stop(error);
    });
  }
  const end = await child.ended;
  if (unreadable) throw unreadable.error;
  if (end.error) throw end.error;
  return { stdout: output(), end };
}
