import { getEventListeners } from "node:events";
import { Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { World } from "./world";

/** The process's garbage collector; Node shows it with --expose-gc, and this way where it was started without. */
function collector(): () => void {
  if (globalThis.gc) return globalThis.gc as () => void;
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** Bytes of the heap that are in use after garbage was collected, more than once, for what finalizers free is garbage only then. */
export async function heapInUse(): Promise<number> {
  const collect = collector();
  for (let i = 0; i < 4; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().heapUsed;
}

/** What keeps the process alive, by kind. */
export function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** What is in `after` and was not in `before`. */
export function added(before: Record<string, number>, after: Record<string, number>): string[] {
  return Object.entries(after).flatMap(([kind, n]) => {
    const more = n - (before[kind] ?? 0);
    return more > 0 ? [`${more} ${kind}`] : [];
  });
}

/** Listeners on what outlives calls; none of them may grow with the calls. */
export type Listeners = { signals: number; session: number; busiestSocket: number };

export function listenersOf({ patience, server, client, http2 }: World): Listeners {
  const signals = [patience.signal, server.host.stopping, client.host.stopping];
  const all = (emitter: NodeJS.EventEmitter): number =>
    emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
  // Private and without a successor that shows the sockets themselves.
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles?: () => unknown[] };
  const sockets = (handles?.call(process) ?? []).filter((handle) => handle instanceof Socket);
  return {
    signals: signals.reduce((sum, signal) => sum + getEventListeners(signal, "abort").length, 0),
    session: all(http2()),
    busiestSocket: Math.max(0, ...sockets.map(all)),
  };
}
