import { status } from "@grpc/grpc-js";

/** Status names as Go's exporters write them (codes.Code.String()): what dashboards of go-grpc-middleware expect. */
const names = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
] as const;

export const codeNames: readonly string[] = names;

/** The name of a status number; numbers outside the protocol are `Unknown`, as the specification asks. */
export function codeName(code: number): string {
  return names[code] ?? "Unknown";
}

const serverFaults = new Set<number>([
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

/** True for the codes that make a server span an error (OpenTelemetry semantic conventions for gRPC). */
export function isServerFault(code: number): boolean {
  return serverFaults.has(code);
}
