import { join } from "node:path";
import { startBenchChild } from "../child";
import type { Order, Report } from "./messages";
import type { VariantName } from "./variants";

/** A process that asks the database in the way of one variant; ended by `stop`. */
export type Client = {
  run(order: Omit<Order, "kind">): Promise<Report & { kind: "ran" }>;
  stop(): Promise<void>;
};

/** Starts it; throws when it ends before it is ready. With `profileFolder` it leaves a CPU profile there. */
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
  const child = await startBenchChild<Order, Report>(join(__dirname, "client-process.js"), {
    args: [variant],
    execArgv: profile,
    env: { ...process.env, BENCH_DATABASE_URL: url },
  });
  return {
    run: (order) => child.ask({ kind: "run", ...order }, "ran"),
    stop: () => child.stop(),
  };
}
