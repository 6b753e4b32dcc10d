import type { sendUnaryData, Server, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
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
  const statusOf = (name: string): HealthResponse => ({ status: statuses.get(name) ?? "SERVICE_UNKNOWN" });
  server.addService(healthService, {
    check(call: ServerUnaryCall<HealthRequest, HealthResponse>, callback: sendUnaryData<HealthResponse>) {
      const status = statuses.get(call.request.service);
      if (status) callback(null, { status });
      else callback({ code: 5, details: `This server has no service ${call.request.service}` });
    },
    watch(call: Watch) {
      watches.set(call, call.request.service);
      call.on("cancelled", () => watches.delete(call));
      call.write(statusOf(call.request.service));
    },
    list(_call: unknown, callback: sendUnaryData<{ statuses: Record<string, HealthResponse> }>) {
      callback(null, {
        statuses: Object.fromEntries([...statuses].map(([name, status]) => [name, { status }])),
      });
    },
  });
  const setAll = (names: Iterable<string>, status: HealthResponse["status"]): void => {
    for (const name of names) statuses.set(name, status);
    for (const [call, name] of watches) call.write(statusOf(name));
  };
  return {
    serving: (services) => setAll(["", ...services], "SERVING"),
    stop() {
      setAll([...statuses.keys()], "NOT_SERVING");
      for (const call of watches.keys()) call.end();
      watches.clear();
    },
  };
}
