import {
  type sendUnaryData,
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import type { Closable, ReadinessReport, ServiceHost } from "../lifecycle";

type HealthRequest = { service: string };
type HealthResponse = { status: "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN" };
type Watch = ServerWritableStream<HealthRequest, HealthResponse>;

/** The standard health service (grpc/grpc `doc/health-checking.md`) of one server. */
export type Health = {
  /**
   * From now on the server answers for itself (empty name) and each of these: SERVING while the host is ready, NOT_SERVING while `/readyz` would answer 503. It
   * changes at the host's readiness polls only. The first answer is there when this resolves.
   */
  follow(host: ServiceHost, services: readonly string[]): Promise<void>;
  /** Says NOT_SERVING for all, then ends the open watches: an open watch keeps `tryShutdown` waiting for ever. */
  stop(): void;
};

/** grpc-health-check's own implementation cannot end its watches, so only its contract is used. */
export function addHealth(server: Server): Health {
  const statuses = new Map<string, HealthResponse["status"]>();
  const watches = new Map<Watch, string>();
  let stopped = false;
  const statusOf = (name: string): HealthResponse => ({ status: statuses.get(name) ?? "SERVICE_UNKNOWN" });
  server.addService(healthService, {
    check(call: ServerUnaryCall<HealthRequest, HealthResponse>, callback: sendUnaryData<HealthResponse>) {
      const found = statuses.get(call.request.service);
      if (found) callback(null, { status: found });
      else
        callback({
          code: status.NOT_FOUND,
          details: `This server has no service ${call.request.service}`,
        });
    },
    watch(call: Watch) {
      call.write(statusOf(call.request.service));
      if (stopped) return void call.end();
      watches.set(call, call.request.service);
      call.on("cancelled", () => watches.delete(call));
    },
    list(_call: unknown, callback: sendUnaryData<{ statuses: Record<string, HealthResponse> }>) {
      callback(null, {
        statuses: Object.fromEntries([...statuses].map(([name, found]) => [name, { status: found }])),
      });
    },
  });
  const setAll = (names: Iterable<string>, to: HealthResponse["status"]): void => {
    for (const name of names) statuses.set(name, to);
    for (const [call, name] of watches) call.write(statusOf(name));
  };
  let following: Closable | undefined;
  return {
    async follow(host, services) {
      let before = true;
      const followed = await host.followReadiness(({ ready, checks }) => {
        if (stopped) return;
        setAll(["", ...services], ready ? "SERVING" : "NOT_SERVING");
        if (ready !== before) logChange(host, ready, checks);
        before = ready;
      });
      if (stopped) await followed.close();
      else following = followed;
    },
    stop() {
      if (stopped) return;
      stopped = true;
      void following?.close();
      setAll([...statuses.keys()], "NOT_SERVING");
      for (const call of watches.keys()) call.end();
      watches.clear();
    },
  };
}

function logChange({ log }: ServiceHost, ready: boolean, checks: ReadinessReport["checks"]): void {
  if (ready) return log.info("gRPC health says SERVING");
  const failed = Object.entries(checks).flatMap(([name, { ok, error }]) => (ok ? [] : [`${name}: ${error}`]));
  // A service that is still starting is not ready by right.
  log[checks["lifecycle"]?.ok === false ? "info" : "warn"]({ failed }, "gRPC health says NOT_SERVING");
}
