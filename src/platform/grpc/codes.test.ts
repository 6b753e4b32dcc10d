import { status } from "@grpc/grpc-js";
import { codeName, codeNames } from ".";
import { eventually, openProbe } from "./testing/probe";

/** What `codes.Code.String()` of google.golang.org/grpc prints, by number: docs/decisions/0005. */
const go = {
  [status.OK]: "OK",
  [status.CANCELLED]: "Canceled",
  [status.UNKNOWN]: "Unknown",
  [status.INVALID_ARGUMENT]: "InvalidArgument",
  [status.DEADLINE_EXCEEDED]: "DeadlineExceeded",
  [status.NOT_FOUND]: "NotFound",
  [status.ALREADY_EXISTS]: "AlreadyExists",
  [status.PERMISSION_DENIED]: "PermissionDenied",
  [status.RESOURCE_EXHAUSTED]: "ResourceExhausted",
  [status.FAILED_PRECONDITION]: "FailedPrecondition",
  [status.ABORTED]: "Aborted",
  [status.OUT_OF_RANGE]: "OutOfRange",
  [status.UNIMPLEMENTED]: "Unimplemented",
  [status.INTERNAL]: "Internal",
  [status.UNAVAILABLE]: "Unavailable",
  [status.DATA_LOSS]: "DataLoss",
  [status.UNAUTHENTICATED]: "Unauthenticated",
};

test("a status has the name that Go's exporters write, one outside the protocol is Unknown", () => {
  for (const [code, name] of Object.entries(go)) expect(codeName(Number(code))).toBe(name);
  expect(codeNames).toEqual(Object.values(go));
  for (const foreign of [-1, 17, 1_000, 1.5]) expect(codeName(foreign)).toBe("Unknown");
});

test("server and client have a series of every code from the first call on, and no other", async () => {
  const probe = await openProbe();
  await probe.client.unary({ wish: "any", padding: Buffer.alloc(0) });
  for (const [host, name] of [
    [probe.serverHost, "grpc_server_handled_total"],
    [probe.clientHost, "grpc_client_handled_total"],
  ] as const) {
    await eventually(async () => (await host.metric(name, { grpc_method: "Unary", grpc_code: "OK" })) === 1);
    const samples = (await host.metricsText()).split("\n").filter((line) => line.startsWith(`${name}{`));
    const codes = samples
      .filter((line) => line.includes('grpc_method="Unary"'))
      .map((line) => /grpc_code="([^"]*)"/.exec(line)?.[1]);
    expect(codes.sort()).toEqual([...codeNames].sort());
  }
  await probe.close();
});
