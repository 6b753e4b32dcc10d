import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Order, Report } from "./messages";
import type { VariantName } from "./variants";

/** A process that asks the database in the way of one variant; ended by `stop`. */
export type Client = {
  run(order: Omit<Order, "kind">): Promise<Report & { kind: "ran" }>;
  stop(): Promise<void>;
};

/** Starts it; throws when it ends before it is ready. With `profileFolder` it leaves a CPU profile there. Its log lines go nowhere. */
export async function startClient(
  variant: VariantName,
  url: string,
  profileFolder?: string,
): Promise<Client> {
  const profile = profileFolder
    ? [
        "--cpu-prof",
        `--cpu-prof-dir=${profileFolder}`,
        `--cpu-prof-name=${variant.replaceAll(/\W+/g, "-")}.cpuprofile`,
      ]
    : [];
  const child = fork(join(__dirname, "client-process.js"), [variant], {
    execArgv: ["--expose-gc", ...profile],
    env: { ...process.env, BENCH_DATABASE_URL: url },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await answerOf(child, "ready");
  return {
    run(order) {
      const answer = answerOf(child, "ran");
      child.send({ kind: "run", ...order } satisfies Order);
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

function answerOf<K extends Report["kind"]>(child: ChildProcess, kind: K): Promise<Report & { kind: K }> {
  return new Promise((resolve, reject) => {
    const onMessage = (report: Report): void => {
      if (report.kind !== kind) return;
      done();
      resolve(report as Report & { kind: K });
    };
    const onExit = (code: number | null): void => {
      done();
      reject(new Error(`${child.spawnargs.slice(-1).join(" ")} ended with code ${code}.`));
    };
    const done = (): void => {
      child.off("message", onMessage).off("exit", onExit);
    };
    child.on("message", onMessage).on("exit", onExit);
  });
}
