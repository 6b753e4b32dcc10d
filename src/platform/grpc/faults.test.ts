import { drive, type Kind, kinds, methodOf, service, typeOf } from "./testing/drive";
import { eventually, openProbe, type Probe } from "./testing/probe";
import { callLines, callSpans, countsOf, statusOf } from "./testing/told";
import { codeNames } from "./codes";

const key = "a key that nobody can guess";
const headers = { "x-fault-key": key };

let probe: Probe;
beforeAll(async () => {
  probe = await openProbe({ settings: { faultInjectionKey: key }, client: { retry: false } });
});
beforeEach(async () => {
  await probe.serverHost.admin("DELETE /faults", { headers });
  probe.serverHost.clear();
});

async function inject(...faults: object[]): Promise<void> {
  const whole = faults.map((fault) => ({ method: "*/*", percentage: 100, ttl_s: 60, ...fault }));
  const answer = await probe.serverHost.admin("PUT /faults", { headers, body: { faults: whole } });
  expect(answer).toMatchObject({ status: 200 });
}

const endings: { title: string; fault: object; deadlineMs?: number; caller: string; code: string }[] = [
  { title: "an error", fault: { code: "Internal" }, caller: "Internal", code: "Internal" },
  { title: "a wait", fault: { delay_ms: 60 }, caller: "OK", code: "OK" },
  {
    title: "a wait, then an error",
    fault: { delay_ms: 30, code: "Unavailable" },
    caller: "Unavailable",
    code: "Unavailable",
  },
  {
    title: "a wait beyond the deadline",
    fault: { delay_ms: 60_000 },
    deadlineMs: 1_000,
    caller: "DeadlineExceeded",
    code: "DeadlineExceeded",
  },
];

describe.each(endings)("$title", ({ fault, caller, code, deadlineMs }) => {
  test.each(kinds)("of a %s call is in metric, span and log", async (kind) => {
    const { client, serverHost } = probe;
    const labels = { grpc_type: typeOf[kind], grpc_service: service, grpc_method: methodOf[kind] };
    const before = await countsOf(serverHost, "server", labels);
    await inject(fault);
    serverHost.clear();

    expect(await drive(client, kind, "ok", deadlineMs === undefined ? {} : { deadlineMs })).toBe(caller);

    const [line] = await eventually(() =>
      callLines(serverHost).length > 0 ? callLines(serverHost) : undefined,
    );
    expect(line).toMatchObject({ rpc_code: code, fault_injected: expect.stringMatching(/./) });
    const [span, ...others] = callSpans(serverHost, "server");
    expect(others).toEqual([]);
    expect(span?.attributes["fault.injected"]).toBe(line?.["fault_injected"]);
    expect(statusOf(span!)).toBe(codeNames.indexOf(code));
    const after = await countsOf(serverHost, "server", labels);
    expect((after.codes[code] ?? 0) - (before.codes[code] ?? 0)).toBe(1);
    expect(after.inFlight).toBe(0);
  });
});

test("a call that is cancelled while it waits ends at once", async () => {
  await inject({ delay_ms: 60_000 });
  const cancel = new AbortController();
  const seen = drive(probe.client, "unary", "ok", { signal: cancel.signal });
  await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 1);
  cancel.abort();
  expect(await seen).toBe("Canceled");
  await eventually(async () => (await probe.serverHost.metric("grpc_server_in_flight")) === 0);
});

test("a fault meets its methods, its roles and its share of calls only", async () => {
  const codes = async (kind: Kind, times: number): Promise<string[]> => {
    const seen: string[] = [];
    for (let n = 0; n < times; n++) seen.push(await drive(probe.client, kind, "ok"));
    return seen;
  };
  await inject({ method: `${service}/Unary`, code: "Internal" });
  expect([...(await codes("unary", 1)), ...(await codes("serverStream", 1))]).toEqual(["Internal", "OK"]);
  await inject({ role: "operator", code: "Internal" }, { role: "customer", code: "Unavailable" });
  expect(await codes("unary", 1)).toEqual(["Unavailable"]);
  await inject({ percentage: 50, code: "Internal" });
  const failed = (await codes("unary", 200)).filter((code) => code === "Internal").length;
  // 200 throws of a coin: six standard deviations.
  expect(Math.abs(failed - 100)).toBeLessThan(43);
});

test("a caller who is refused meets no fault, and neither does health", async () => {
  await inject({ code: "Internal" });
  const { raw, serverHost } = probe;
  const stranger = await new Promise((resolve) =>
    raw.makeUnaryRequest(
      `/${service}/Unary`,
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
      Buffer.alloc(0),
      (error) => resolve(codeNames[error?.code ?? 0]),
    ),
  );
  expect(stranger).not.toBe("Internal");
  const health = await new Promise((resolve) =>
    raw.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      (bytes: Buffer) => bytes,
      (bytes) => bytes,
      Buffer.alloc(0),
      (error) => resolve(error?.code ?? 0),
    ),
  );
  expect(health).toBe(0);
  expect(await serverHost.metric("grpc_server_faults_injected_total", { kind: "error" })).toBeGreaterThan(0);
});

test("a fault ends by itself when its time is over", async () => {
  await inject({ code: "Internal", ttl_s: 1 });
  expect(await drive(probe.client, "unary", "ok")).toBe("Internal");
  await eventually(async () => (await drive(probe.client, "unary", "ok")) === "OK");
  expect(await probe.serverHost.admin("GET /faults", { headers })).toEqual({
    status: 200,
    body: { faults: [] },
  });
});

test("whoever does not show the key is refused, and nothing changes", async () => {
  await inject({ code: "Internal" });
  const strangers: Record<string, string>[] = [{}, { "x-fault-key": "another key that is as long" }];
  for (const shown of strangers)
    for (const route of ["GET /faults", "PUT /faults", "DELETE /faults"])
      expect(await probe.serverHost.admin(route, { headers: shown, body: { faults: [] } })).toMatchObject({
        status: 401,
      });
  expect(await drive(probe.client, "unary", "ok")).toBe("Internal");
});

test.each([
  ["nothing", {}],
  ["no JSON", "faults"],
  ["a share of nothing", { faults: [{ method: "*/*", percentage: 0, code: "Internal", ttl_s: 1 }] }],
  ["more than ten minutes", { faults: [{ method: "*/*", percentage: 1, code: "Internal", ttl_s: 601 }] }],
  ["a code that is none", { faults: [{ method: "*/*", percentage: 1, code: "OK", ttl_s: 1 }] }],
  ["neither error nor wait", { faults: [{ method: "*/*", percentage: 1, ttl_s: 1 }] }],
  ["a method that is none", { faults: [{ method: "mes", percentage: 1, code: "Internal", ttl_s: 1 }] }],
])("%s is no fault", async (_title, body) => {
  expect(await probe.serverHost.admin("PUT /faults", { headers, body })).toMatchObject({ status: 400 });
});

test("without a key there is no door to it", async () => {
  const plain = await openProbe();
  expect(await plain.serverHost.admin("PUT /faults", { headers, body: { faults: [] } })).toBeUndefined();
  await plain.close();
});
