import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRecorder, openSystemSources, type Recorder } from "../checker";
import { launch } from "../stack/launch";
import type { ProcessSpec } from "../stack/process-spec";
import { closeOnSignal } from "../tools/close-on-signal";
import { openPlace, type Place } from "../tools/place";
import { processes, readyOf } from "./faults";
import { type LinkBoard, openLinks } from "./links";
import type { FaultRun } from "./play";

/** A system for some cycles, its links, and what is written down of it. */
export type Arena = {
  place: Place;
  links: LinkBoard;
  recorder: Recorder;
  /** For the history, the faults, and models; it stays when something was broken. */
  folder: string;
  note(faults: readonly FaultRun[]): void;
  /** Starts what does not run, ends what was done to links, and waits until all are ready. */
  heal(): Promise<void>;
  /** Which processes have ended by themselves since the last time, and were started again by their supervisor. */
  fallen(): Promise<string[]>;
  sources(): ReturnType<typeof openSystemSources>;
  /** Stops everything and removes the data; with `keep` the folder stays, with the logs. */
  close(options?: { keep?: boolean }): Promise<void>;
};

/** What makes recovery quick enough for dozens of cycles; none of it changes what is promised. */
const settings = {
  PRICING_LEASE_MS: "4000",
  KAFKA_SESSION_TIMEOUT_MS: "6000",
  PAYMENTS_TIMEOUT_MS: "1500",
  PAYMENTS_HOLD_MS: "4000",
  PAYMENTS_LATE_CAPTURE_MS: "3000",
  PAYMENTS_PATIENCE_MS: "8000",
  RECONCILE_PAYMENTS_MS: "5000",
  RECONCILE_BOUND_MS: "10000",
  RECONCILE_LEAVE_MS: "10000",
  GRPC_RATE_PER_SECOND: "0",
};

/** How often processes are started again that do not become ready. */
const attempts = 3;

export async function openArena(say: (line: string) => void): Promise<Arena> {
  const folder = mkdtempSync(join(tmpdir(), "alexandrite-chaos-"));
  const removeFolder = async (): Promise<void> => {
    forget();
    rmSync(folder, { recursive: true, force: true });
  };
  const forget = closeOnSignal(removeFolder);
  let links: LinkBoard | undefined;
  const place = await openPlace(settings, async (prepared) => {
    links = await openLinks(prepared, say);
  }).catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  const recorder = openRecorder({ file: join(folder, "history.jsonl") });
  const specs = (await processes(place)).map(({ spec }) => spec);
  const restarts = new Map<string, number>();
  const board = links!;
  return {
    place,
    links: board,
    recorder,
    folder,
    note(faults) {
      for (const fault of faults) appendFileSync(join(folder, "faults.jsonl"), `${JSON.stringify(fault)}\n`);
    },
    async heal() {
      await board.mendAll();
      const stages = [...new Set(specs.map(({ stage }) => stage))].sort((a, b) => a - b);
      for (const stage of stages)
        await Promise.all(specs.filter((spec) => spec.stage === stage).map((spec) => start(place, spec)));
    },
    async fallen() {
      const now = await processes(place);
      const more = now.filter(({ name, restarts: count }) => count > (restarts.get(name) ?? 0));
      for (const { name, restarts: count } of now) restarts.set(name, count);
      return more.map(({ name }) => name);
    },
    sources: () => openSystemSources(place.settings, {}),
    async close({ keep = false } = {}) {
      recorder.close();
      const logs = join(place.settings.stateFolder, "logs");
      if (keep && existsSync(logs)) cpSync(logs, join(folder, "logs"), { recursive: true });
      await place.close();
      if (keep) forget();
      else await removeFolder();
    },
  };
}

async function start(place: Place, spec: ProcessSpec): Promise<void> {
  for (let left = attempts; ; left--) {
    try {
      return void (await launch(place.settings, spec, readyOf(place, spec.name)));
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}
