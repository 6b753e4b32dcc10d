import { join } from "node:path";
import { type BenchChild, startBenchChild } from "../child";
import type { Order, Report } from "./messages";

export type Peer = BenchChild<Order, Report>;

/** Starts `<program>.js` beside this file; with the environment's PROFILE_FOLDER it leaves a CPU profile there, and the figures then include the profiler. */
export function startPeer(program: string, args: readonly string[] = []): Promise<Peer> {
  const folder = process.env["PROFILE_FOLDER"];
  const name = [program, ...args].join("-").replaceAll(/\W+/g, "-");
  const profile = folder
    ? ["--cpu-prof", `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`]
    : [];
  return startBenchChild(join(__dirname, `${program}.js`), { args, execArgv: profile });
}
