import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

type Kinds = { kind: string };

/** A process of a benchmark: asked one thing at a time, ended by `stop`. */
export type BenchChild<Order, Report extends Kinds> = {
  /** What it said when it was ready. */
  readonly ready: Report & { kind: "ready" };
  readonly pid: number;
  /** Sends an order and waits for the answer of this kind. Rejects when the process ends first. */
  ask<K extends Report["kind"]>(order: Order, kind: K): Promise<Report & { kind: K }>;
  stop(): Promise<void>;
};

export type BenchChildOptions = {
  args?: readonly string[];
  execArgv?: readonly string[];
  env?: NodeJS.ProcessEnv;
};

/**
 * Starts a compiled program that says `ready`. Throws when it ends before that. Garbage collection is exposed to it; its standard output goes nowhere: log lines
 * are written, and nobody reads them.
 */
export async function startBenchChild<Order extends Kinds, Report extends Kinds>(
  program: string,
  { args = [], execArgv = [], env = process.env }: BenchChildOptions = {},
): Promise<BenchChild<Order, Report>> {
  const child = fork(program, [...args], {
    execArgv: ["--expose-gc", ...execArgv],
    env,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return {
    ready: await answerOf<Report, "ready">(child, "ready"),
    pid: child.pid ?? 0,
    async ask(order, kind) {
      const answer = answerOf<Report, typeof kind>(child, kind);
      child.send(order);
      return answer;
    },
    async stop() {
      if (child.exitCode !== null) return;
      // It ends by itself when nobody talks to it any more; a profile is written then.
      child.disconnect();
      await once(child, "exit");
    },
  };
}

function answerOf<Report extends Kinds, K extends Report["kind"]>(
  child: ChildProcess,
  kind: K,
): Promise<Report & { kind: K }> {
  return new Promise((resolve, reject) => {
    const onMessage = (report: Report): void => {
      if (report.kind !== kind) return;
      done();
      resolve(report as Report & { kind: K });
    };
    const onExit = (code: number | null): void => {
      done();
      reject(new Error(`${child.spawnargs.slice(-2).join(" ")} ended with code ${code}.`));
    };
    const done = (): void => {
      child.off("message", onMessage).off("exit", onExit);
    };
    child.on("message", onMessage).on("exit", onExit);
  });
}
