import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { loadSettings, type Settings } from "../stack/settings";
import { systemPorts } from "../stack/system-ports";
import { closeOnSignal } from "./close-on-signal";

const run = promisify(execFile);

/** A whole system with ports and data of its own. */
export type Place = {
  settings: Settings;
  /** `roll shop`, `status`, … as the Makefile does it; what it printed. */
  stack(...words: string[]): Promise<string>;
  /** Stops everything and removes the data; a second time it waits for the first. */
  close(): Promise<void>;
};

/**
 * Starts a system with two instances of everything that may have several. `extra`: settings of the stack and of all services. `prepare` runs when the state folder is there, before anything
 * starts; what it starts under the system's supervisor is stopped with the rest. Ctrl-C and SIGTERM close it. Throws, with nothing left running, when it does not come up.
 */
export async function openPlace(
  extra: NodeJS.ProcessEnv = {},
  prepare?: (settings: Settings) => Promise<void>,
): Promise<Place> {
  const root = resolve(__dirname, "../..");
  const stateFolder = mkdtempSync(join(tmpdir(), "alexandrite-place-"));
  const counts = { GATEWAY: "2", SHOP: "2", CRM: "2", MES: "2", OPERATOR: "2", WORKER: "2", PRICING: "2" };
  const env = {
    ...process.env,
    ...counts,
    // A few people make all of the load.
    RATE_LIMIT_PER_SECOND: "0",
    LOG_LEVEL: "warn",
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.01",
    ...extra,
    ...systemPorts(6_000),
    ALEXANDRITE_STATE: stateFolder,
  };
  const settings = loadSettings(env, root);
  const stack = async (...words: string[]): Promise<string> => {
    const options = { cwd: root, env, timeout: 600_000, maxBuffer: 16 * 1024 * 1024 };
    return (await run(process.execPath, [join(root, "dist/stack/main.js"), ...words], options)).stdout;
  };
  const start = async (): Promise<void> => {
    await prepare?.(settings);
    await stack("up");
  };
  const started = start();
  const stop = async (): Promise<void> => {
    // What is just being started is stopped when it is there.
    await started.catch(() => undefined);
    await stack("stop");
    rmSync(stateFolder, { recursive: true, force: true });
    forget();
  };
  let stopped: Promise<void> | undefined;
  const close = (): Promise<void> => (stopped ??= stop());
  const forget = closeOnSignal(close);
  try {
    await started;
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
  return { settings, stack, close };
}
