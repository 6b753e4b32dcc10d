import type { Logger, Metrics } from "../telemetry";
import type { AdminRoute, ServiceHost } from "./host";
import { startLoop } from "./loop";
import { Ownership } from "./ownership";
import { Readiness } from "./readiness";

/** A host with the handles that only its maker uses. */
export type HostControl = {
  host: ServiceHost;
  readiness: Readiness;
  /** What the host's resources add to the admin port; filled as they open. */
  adminRoutes: ReadonlyMap<string, AdminRoute>;
  /** Aborts `host.stopping`, stops the loops, closes what is owned. Returns the names of what did not close. */
  stop(budgetMs: number): Promise<string[]>;
};

/** Makes a host; `runService` and the test host share it. */
export function createHost(init: {
  name: string;
  instance: string;
  log: Logger;
  metrics: Metrics;
  /** How often the checks run for those who follow readiness; default 2,000. */
  readinessPollMs?: number;
}): HostControl {
  const { name, instance, log, metrics } = init;
  const stopping = new AbortController();
  const ownership = new Ownership(log);
  const readiness = new Readiness(metrics, init.readinessPollMs);
  const adminRoutes = new Map<string, AdminRoute>();
  let stopped: Promise<string[]> | undefined;
  const host: ServiceHost = {
    name,
    instance,
    log,
    metrics,
    stopping: stopping.signal,
    own: (resource) => ownership.own(resource),
    readiness: (check, fn) => readiness.add(check, fn),
    followReadiness: (tell) => readiness.follow(tell),
    adminRoute(route, answer) {
      if (adminRoutes.has(route)) throw new Error(`The admin port has a route ${route} already.`);
      adminRoutes.set(route, answer);
    },
    every(loopName, ms, fn, options) {
      const loop = startLoop({ log, metrics }, loopName, ms, fn, options);
      const owned = {
        wake: () => loop.wake(),
        async close() {
          await loop.close();
          ownership.disownLoop(owned);
        },
      };
      return ownership.ownLoop(loopName, owned);
    },
  };
  return {
    host,
    readiness,
    adminRoutes,
    stop(budgetMs) {
      readiness.close();
      stopping.abort();
      return (stopped ??= ownership.close(Date.now() + budgetMs));
    },
  };
}
