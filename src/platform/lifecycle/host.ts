import type { IncomingHttpHeaders } from "node:http";
import type { Logger, Metrics } from "../telemetry";

/** Something that is open until it is closed. */
export type Closable = { close(): Promise<void> };

/** What `/readyz` answers: each check with its time in milliseconds, and its error when it failed. */
export type ReadinessReport = {
  ready: boolean;
  checks: Record<string, { ok: boolean; error?: string; ms: number }>;
};

/** What a service is started with: its name, its telemetry, and who ends what. */
export type ServiceHost = {
  readonly name: string;
  /** This process's name among its copies. */
  readonly instance: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Aborted at the first signal to stop; long streams and waits end on it. */
  readonly stopping: AbortSignal;
  /** Closes `resource` when the service stops, in reverse order of opening, also when the start fails half way. */
  own<T extends Closable>(resource: T | Promise<T>): Promise<T>;
  /** Adds a check to `/readyz`; it throws while the service should get no work. Runs at each request, at most 2 s. */
  readiness(name: string, check: () => Promise<void>): void;
  /**
   * Tells whether the service is ready: once before this resolves, then at each poll (2 s apart) that finds it changed, until the service begins to stop or
   * the result is closed. For what passes the verdict on, such as gRPC's health service.
   */
  followReadiness(tell: (report: ReadinessReport) => void): Promise<Closable>;
  /** Adds a route to the admin port, such as `PUT /faults`; its owner sees to who may use it. Throws when it is taken. */
  adminRoute(route: string, answer: AdminRoute): void;
  /** Starts a background loop, see `startLoop`. Loops stop before any resource is closed. */
  every(
    name: string,
    ms: number,
    fn: (signal: AbortSignal) => Promise<void>,
    options?: LoopOptions,
  ): Closable & { /** Runs now instead of at the end of the wait. */ wake(): void };
};

/** What a route of the admin port is given, its body cut off after 16 KiB, and what it answers, as JSON. */
export type AdminRoute = (request: { headers: IncomingHttpHeaders; body: string }) => Promise<{
  status: number;
  body: unknown;
}>;

export type LoopOptions = {
  /** Share of the wait, 0 to 1, by which it varies at random; 0.1 by default, so that copies do not march in step. */
  jitter?: number;
  /** Longest wait after repeated failures; 30 s by default, never below the loop's own pace. */
  maxBackoffMs?: number;
};
