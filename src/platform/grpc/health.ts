import {
  type sendUnaryData,
  type Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";

type HealthRequest = { service: string };
type HealthResponse = { status: "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN" };
type Watch = ServerWritableStream<HealthRequest, HealthResponse>;

/** The standard health service (grpc/grpc `doc/health-checking.md`) of one server. */
export type Health = {
  /** The server answers SERVING for itself (empty name) and each of these. */
  serving(services: readonly string[]): void;
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
  return {
    serving: (services) => setAll(["", ...services], "SERVING"),
    stop() {
      if (stopped) return;
      stopped = true;
      setAll([...statuses.keys()], "NOT_SERVING");
      for (const call of watches.keys()) call.end();
      watches.clear();
    },
  };
}
