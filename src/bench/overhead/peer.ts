import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Order, Report } from "./messages";

/** A process of the benchmark: asked one thing at a time, ended by `stop`. */
export type Peer = {
  /** The port that it serves; 0 when it serves none. */
  readonly port: number;
  ask<K extends Report["kind"]>(order: Order, kind: K): Promise<Report & { kind: K }>;
  stop(): Promise<void>;
};

/** Starts `<program>.js` beside this file. Throws when it ends before it is ready. Standard output goes nowhere: log lines are written, and nobody reads them. */
export async function startPeer(
  program: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
): Promise<Peer> {
  const child = fork(join(__dirname, `${program}.js`), [...args], {
    execArgv: ["--expose-gc", ...execArgv],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const { port } = await answerOf(child, "ready");
  return {
    port,
    async ask(order, kind) {
      const answer = answerOf(child, kind);
      child.send(order);
      return answer;
    },
    async stop() {
      if (child.exitCode !== null) return;
      // They end by themselves when nobody talks to them any more; a profile is written then.
      child.disconnect();
      await once(child, "exit");
    },
  };
}

function answerOf<K extends Report["kind"]>(child: ChildProcess, kind: K): Promise<Report & { kind: K }> {
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
