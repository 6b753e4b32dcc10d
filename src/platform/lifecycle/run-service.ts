import { hostname } from "node:os";
import { ConfigError, defineConfig, mayPlantBugs, type ConfigFault } from "../config";
import { errorChain } from "../errors";
import {
  createMetrics,
  openLog,
  startTelemetry,
  telemetryConfig,
  type LogSink,
  type Telemetry,
} from "../telemetry";
import { openAdmin } from "./admin";
import { createHost } from "./create-host";
import type { ServiceHost } from "./host";
import { serviceInfo } from "./metrics";
import { observeDisk } from "./observe-disk";
import { observeTelemetry } from "./observe-telemetry";
import { adminConfig } from "./settings";

/** All that a stop may take, in milliseconds; orchestrators commonly kill after 30 s. */
const stopBudgetMs = 25_000;
/** Of which this much is kept for the last traces and log lines. */
const flushBudgetMs = 3_000;

const loadPlatform = defineConfig({ telemetry: telemetryConfig, admin: adminConfig });

/**
 * Runs a service for the life of the process. In order: configuration (all faults at once), log, traces, metrics, admin
 * port, then `start`. `/readyz` answers 503 until `start` has resolved.
 *
 * SIGTERM or SIGINT stops: `host.stopping` is aborted, readiness fails, loops end, owned resources close in reverse, traces and log
 * are flushed, all within 25 s; exit code 0, or 1 when something did not close. A second signal ends at once.
 * A failed start, an uncaught exception or an unhandled rejection is one fatal line with the whole chain, exit code 1.
 */
export function runService<C>(
  name: string,
  load: (env: NodeJS.ProcessEnv) => C,
  start: (host: ServiceHost, config: C) => Promise<unknown>,
): void {
  void run(name, load, start, "service");
}

/**
 * Runs a program that ends by itself, such as a client or a job, with all that a service has. When `work` resolves, what it owns is closed, traces and log are flushed,
 * and the exit code is 0; when it rejects, one fatal line and exit code 1. Signals stop it as they stop a service.
 */
export function runTask<C>(
  name: string,
  load: (env: NodeJS.ProcessEnv) => C,
  work: (host: ServiceHost, config: C) => Promise<unknown>,
): void {
  void run(name, load, work, "task");
}

async function run<C>(
  name: string,
  load: (env: NodeJS.ProcessEnv) => C,
  start: (host: ServiceHost, config: C) => Promise<unknown>,
  kind: "service" | "task",
): Promise<void> {
  const env = process.env;
  const loaded = loadBoth(env, load);
  if (loaded instanceof ConfigError) {
    const { log } = openLog({ service: name, instance: `${name}-${process.pid}` });
    log.fatal({ faults: loaded.faults }, `${name} cannot start: ${loaded.message}`);
    process.exit(1);
  }
  const { platform, config } = loaded;
  const instance = platform.telemetry.instance || `${name}-${hostname()}-${process.pid}`;
  const sink = openLog({
    service: name,
    instance,
    level: platform.telemetry.logLevel,
    gelfAddress: platform.telemetry.gelfAddress,
  });
  const { log } = sink;
  const telemetry = startTelemetry({
    identity: { service: name, instance },
    endpoint: platform.telemetry.otlpEndpoint,
    protocol: platform.telemetry.otlpProtocol,
  });
  telemetry.identify(name, instance);
  telemetry.reportTo((message, detail) => log.warn({ detail }, `traces: ${message}`));

  const metrics = createMetrics({
    processMetrics: true,
    onHookError: (error) => log.warn({ err: error }, "a metric could not be collected"),
  });
  metrics.gauge(serviceInfo).set(
    {
      service: name,
      service_instance: instance,
      version: env["npm_package_version"] ?? "unknown",
      node_version: process.version,
    },
    1,
  );
  observeTelemetry(metrics, telemetry, sink);
  observeDisk(metrics);

  const { readinessPollMs } = platform.admin;
  const control = createHost({ name, instance, log, metrics, readinessPollMs });
  const end = makeEnd(name, sink, telemetry);
  process.on("uncaughtException", (error) => end.fatal(error, "uncaught exception"));
  process.on("unhandledRejection", (error) => end.fatal(error, "unhandled rejection"));

  let state: "starting" | "running" | "stopping" = "starting";
  control.readiness.add("lifecycle", async () => {
    if (state !== "running") throw new Error(state);
  });
  const stop = (why: NodeJS.Signals | "done") => {
    if (state === "stopping") {
      log.warn({ signal: why }, "second signal, ending at once");
      process.exit(1);
    }
    state = "stopping";
    log.info(why === "done" ? {} : { signal: why }, `${name} is ${why === "done" ? "done" : "stopping"}`);
    const deadlineAt = Date.now() + stopBudgetMs;
    void control.stop(stopBudgetMs - flushBudgetMs).then(async (left) => {
      await admin?.close();
      await end.graceful(left, deadlineAt);
    });
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));

  let admin: Awaited<ReturnType<typeof openAdmin>> | undefined;
  const startedAt = performance.now();
  try {
    admin = await openAdmin({
      ...platform.admin,
      metrics,
      readiness: control.readiness,
      routes: control.adminRoutes,
      logLevel: (to) => {
        if (to) {
          sink.setLevel(to);
          log.info({ level_now: to }, "log level changed");
        }
        return log.level;
      },
    });
    log.info({ admin_port: admin.port }, `admin port is open on ${platform.admin.host}:${admin.port}`);
    await start(control.host, config);
    // A signal during the start has changed it.
    if ((state as string) === "stopping") return;
    if (kind === "task") return stop("done");
    state = "running";
    void control.readiness.poll();
    log.info({ ms: Math.round(performance.now() - startedAt) }, `${name} is running`);
  } catch (error) {
    if ((state as string) === "stopping") return;
    state = "stopping";
    await control.stop(5_000);
    await end.fatal(error, kind === "task" ? `${name} failed` : `${name} cannot start`);
  }
}

function loadBoth<C>(env: NodeJS.ProcessEnv, load: (env: NodeJS.ProcessEnv) => C) {
  const faults: ConfigFault[] = [];
  const attempt = <T>(read: (env: NodeJS.ProcessEnv) => T): T | undefined => {
    try {
      return read(env);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  attempt(mayPlantBugs);
  const platform = attempt(loadPlatform);
  const config = attempt(load);
  if (faults.length > 0 || !platform) return new ConfigError(faults);
  return { platform, config: config as C };
}

function makeEnd(name: string, { log, close }: LogSink, telemetry: Telemetry) {
  let ending = false;
  const flush = async (budgetMs: number) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, budgetMs)));
    await Promise.race([telemetry.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
    await close(Math.max(200, budgetMs / 2));
  };
  return {
    async graceful(left: string[], deadlineAt: number): Promise<void> {
      if (ending) return;
      ending = true;
      if (left.length > 0) log.error({ left }, `${name} stopped, but not everything closed`);
      else log.info(`${name} stopped`);
      await flush(Math.max(500, Math.min(flushBudgetMs, deadlineAt - Date.now())));
      process.exit(left.length > 0 ? 1 : 0);
    },
    async fatal(error: unknown, what: string): Promise<void> {
      if (ending) return;
      ending = true;
      log.fatal({ err: error }, `${what}: ${errorChain(error)}`);
      await flush(2_000);
      process.exit(1);
    },
  };
}
