import * as grpc from "@grpc/grpc-js";
import { GrpcInstrumentation } from "@opentelemetry/instrumentation-grpc";
import { SpanKind } from "../telemetry";
import { drive, wishHandlers } from "./testing/drive";
import { eventually, openProbe, type Probe } from "./testing/probe";

/** As `registerInstrumentations` does it when grpc-js is loaded; jest loads modules in its own way, which the instrumentation does not hear of. */
class Patching extends GrpcInstrumentation {
  patchNow(): void {
    for (const { patch } of this.init()) patch?.(grpc, "1.14.7");
  }
}

let probe: Probe;
beforeAll(async () => {
  new Patching().patchNow();
  probe = await openProbe({ handlers: wishHandlers, server: { signals: { traces: "instrumentation" } } });
});
afterAll(() => probe.close());
beforeEach(() => probe.serverHost.clear());

const serverSpans = () => probe.serverHost.spans().filter(({ kind }) => kind === SpanKind.SERVER);

test("the instrumentation's span is the only one, gets the outcome, and its trace is on the line", async () => {
  expect(await drive(probe.client, "unary", "refuse")).toBe("NotFound");
  const span = await eventually(() => serverSpans()[0]);
  expect(serverSpans()).toHaveLength(1);
  expect(span.instrumentationScope.name).toBe("@opentelemetry/instrumentation-grpc");
  expect(span.attributes).toMatchObject({ "rpc.grpc.status_code": 5 });
  const line = await eventually(() => probe.serverHost.logs.find(({ rpc_code }) => rpc_code === "NotFound"));
  expect(line["trace_id"]).toBe(span.spanContext().traceId);
});

test("what is wrong with it: a deadline that passes is no error of its span, while metric and line tell it", async () => {
  expect(await drive(probe.client, "unary", "hang", { deadlineMs: 200 })).toBe("DeadlineExceeded");
  await eventually(() => probe.serverHost.logs.find(({ rpc_code }) => rpc_code === "DeadlineExceeded"));
  expect(await probe.serverHost.metric("grpc_server_handled_total", { grpc_code: "DeadlineExceeded" })).toBe(
    1,
  );
  // The day this fails the instrumentation has become right: docs/decisions/0006 can be thought over.
  expect(serverSpans().map(({ status }) => status.code)).not.toContain(2);
});
