import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "../../platform/config";
import type { AppError } from "../../platform/errors";
import {
  createServer,
  type GrpcClientTls,
  grpcServerConfig,
  type GrpcServer,
  openClient,
  type Principal,
} from "../../platform/grpc";
import { createTestHost, type TestHost } from "../../platform/testing";
import { descriptorSet } from "../../gen/descriptors";
import { OrderEventsServiceDefinition } from "../../gen/alexandrite/events/v1/events";
import { type Authority, createAuthority, type Issued, issueCertificate } from "./issue";

const folder = mkdtempSync(join(tmpdir(), "grpc-tls-test-"));
const callDeadlineMs = 15_000;
let authority: Authority;
let foreign: Authority;
const hosts: TestHost[] = [];

beforeAll(async () => {
  authority = await createAuthority("ours", { days: 30 });
  foreign = await createAuthority("theirs", { days: 30 });
  write("ca.crt", authority.certificate);
  write("foreign.crt", foreign.certificate);
  await put("server", await issueCertificate(authority, ["crm", "127.0.0.1"], { days: 30 }));
  await put("pricing", await issueCertificate(authority, ["pricing"], { days: 30 }));
  await put("stranger", await issueCertificate(foreign, ["pricing"], { days: 30 }));
  const lastMonth = new Date(Date.now() - 30 * 86_400_000);
  await put("expired", await issueCertificate(authority, ["pricing"], { notBefore: lastMonth, days: 1 }));
  await put("misnamed", await issueCertificate(authority, ["elsewhere"], { days: 30 }));
});
afterEach(async () => {
  for (const host of hosts.splice(0).reverse()) await host.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

async function put(name: string, { certificate, privateKey }: Issued): Promise<void> {
  write(`${name}.crt`, certificate);
  write(`${name}.key`, privateKey);
}

const at = (name: string): string => join(folder, name);

function newHost(name: string): TestHost {
  const host = createTestHost(name);
  hosts.push(host);
  return host;
}

type Running = { server: GrpcServer; host: TestHost };

/** Everybody is the service `pricing` by its key. */
async function serve(env: Record<string, string> = {}): Promise<Running> {
  const host = newHost("server");
  const config = defineConfig({ grpc: grpcServerConfig })({
    GRPC_PORT: "0",
    GRPC_STOP_NOTICE_MS: "0",
    GRPC_DRAIN_MS: "0",
    GRPC_TLS_CERT_FILE: at("server.crt"),
    GRPC_TLS_KEY_FILE: at("server.key"),
    GRPC_TLS_CLIENT_CA_FILE: at("ca.crt"),
    GRPC_TLS_POLL_MS: "100",
    ...env,
  }).grpc;
  const authenticate = async (): Promise<Principal> => ({ role: "service", id: "pricing", name: "pricing" });
  const server = createServer(host, config, { authenticate, descriptors: descriptorSet });
  server.add(OrderEventsServiceDefinition, {
    getOrderEvents: async () => ({ events: [] }),
    getOrderVersions: async () => ({ orders: [] }),
    listOrderVersions: async () => ({ orders: [], nextPageToken: "" }),
  });
  await host.own(server.listen());
  return { server, host };
}

const asPricing: GrpcClientTls = {
  caFile: at("ca.crt"),
  certFile: at("pricing.crt"),
  keyFile: at("pricing.key"),
  pollMs: 100,
};

async function call({ server }: Running, tls: GrpcClientTls | undefined): Promise<"OK" | AppError> {
  const host = newHost("client");
  const client = await host.own(
    openClient(host, OrderEventsServiceDefinition, {
      address: `127.0.0.1:${server.port}`,
      credentials: () => ({}),
      tls,
      retry: false,
      defaultDeadlineMs: callDeadlineMs,
    }),
  );
  return client.listOrderVersions({ createdSince: undefined, pageSize: 1, pageToken: "" }).then(
    () => "OK" as const,
    (error: AppError) => error,
  );
}

test("a client with the service's own certificate is answered", async () => {
  expect(await call(await serve(), asPricing)).toBe("OK");
});

test("a server without an authority for callers asks nobody for a certificate", async () => {
  const running = await serve({ GRPC_TLS_CLIENT_CA_FILE: "" });
  expect(await call(running, { ...asPricing, certFile: "", keyFile: "" })).toBe("OK");
});

describe("what the server refuses is UNAVAILABLE to the client, and counted and logged by its reason", () => {
  test.each([
    ["no certificate", { certFile: "", keyFile: "" }, "no_certificate"],
    [
      "a certificate of another authority",
      { certFile: at("stranger.crt"), keyFile: at("stranger.key") },
      "foreign_authority",
    ],
    ["no TLS", undefined, "plaintext"],
  ])("%s", async (_what, change, reason) => {
    const running = await serve();
    const outcome = await call(running, change && { ...asPricing, ...change });
    expect(outcome).toMatchObject({ category: "unavailable" });
    expect(await running.host.metric("tls_handshake_failures_total", { reason })).toBeGreaterThan(0);
    expect(running.host.logs).toContainEqual(
      expect.objectContaining({ reason, msg: "A connection was refused at the TLS handshake" }),
    );
  });
});

describe("a client that is none of ours is refused at the handshake for its certificate", () => {
  test.each([
    ["that has expired", "expired", "out_of_date"],
    ["of another authority", "stranger", "foreign_authority"],
  ])("%s", async (_what, name, reason) => {
    const running = await serve();
    expect(await firstFrame(running.server.port, name)).toBe("none");
    const refused = { reason };
    await eventually(async () => (await running.host.metric("tls_handshake_failures_total", refused)) === 1);
    expect(await firstFrame(running.server.port, "pricing")).toBe("settings");
  });
});

describe("what the client refuses is UNAVAILABLE with the cause in its text", () => {
  test.each([
    [
      "a server of another authority",
      {},
      { caFile: at("foreign.crt") },
      /No connection established. Last error: ./,
    ],
    [
      "a server whose certificate has other names",
      { GRPC_TLS_CERT_FILE: at("misnamed.crt"), GRPC_TLS_KEY_FILE: at("misnamed.key") },
      {},
      /does not match certificate's altnames/,
    ],
    [
      "TLS to a server of plain text",
      { GRPC_TLS_CERT_FILE: "", GRPC_TLS_KEY_FILE: "", GRPC_TLS_CLIENT_CA_FILE: "" },
      {},
      /./,
    ],
  ])("%s", async (_what, env, change, text) => {
    const outcome = await call(await serve(env), { ...asPricing, ...change });
    expect(outcome).toMatchObject({
      category: "unavailable",
      message: expect.stringMatching(text) as string,
    });
  });
});

test("a service's key over another service's certificate is PERMISSION_DENIED", async () => {
  const tls = { ...asPricing, certFile: at("misnamed.crt"), keyFile: at("misnamed.key") };
  expect(await call(await serve(), tls)).toMatchObject({
    category: "permission_denied",
    reason: "CERTIFICATE_OF_ANOTHER",
  });
});

test("a server for certain names refuses the others of its authority", async () => {
  expect(await call(await serve({ GRPC_TLS_CLIENT_NAMES: "shop,mes" }), asPricing)).toMatchObject({
    category: "permission_denied",
    reason: "WRONG_CERTIFICATE",
  });
  expect(await call(await serve({ GRPC_TLS_CLIENT_NAMES: "shop, pricing" }), asPricing)).toBe("OK");
});

describe("a start with files that do not fit says which and why", () => {
  test.each([
    ["missing", { GRPC_TLS_CERT_FILE: at("nowhere.crt") }, /nowhere\.crt is not there/],
    [
      "expired",
      { GRPC_TLS_CERT_FILE: at("expired.crt"), GRPC_TLS_KEY_FILE: at("expired.key") },
      /expired\.crt .*expired on/,
    ],
    [
      "of another pair",
      { GRPC_TLS_KEY_FILE: at("pricing.key") },
      /pricing\.key is not the key of the certificate in .*server\.crt/,
    ],
    ["no certificate", { GRPC_TLS_CERT_FILE: at("server.key") }, /server\.key holds no certificate/],
    ["half configured", { GRPC_TLS_KEY_FILE: "" }, /GRPC_TLS_CERT_FILE is set and GRPC_TLS_KEY_FILE is not/],
  ])("%s", async (_what, env, text) => {
    await expect(serve(env)).rejects.toThrow(text);
  });

  test("a client's expired certificate stops the client", async () => {
    const host = newHost("client");
    const tls = { ...asPricing, certFile: at("expired.crt"), keyFile: at("expired.key") };
    const opened = openClient(host, OrderEventsServiceDefinition, {
      address: "127.0.0.1:1",
      credentials: () => ({}),
      tls,
    });
    await expect(opened).rejects.toThrow(/expired on/);
  });
});

test("changed files are taken without a restart; half a renewal is refused and the pair before stays", async () => {
  await put("renewed", await issueCertificate(authority, ["crm", "127.0.0.1"], { days: 30 }));
  const files = { GRPC_TLS_CERT_FILE: at("renewed.crt"), GRPC_TLS_KEY_FILE: at("renewed.key") };
  const running = await serve(files);
  expect(await call(running, asPricing)).toBe("OK");
  const next = await issueCertificate(foreign, ["crm", "127.0.0.1"], { days: 30 });
  const reloads = (outcome: string) =>
    running.host.metric("tls_certificate_reloads_total", { use: "grpc-server", outcome });

  write("renewed.crt", next.certificate);
  await eventually(async () => (await reloads("refused")) === 1);
  expect(await call(running, asPricing)).toBe("OK");

  write("renewed.key", next.privateKey);
  await eventually(async () => (await reloads("taken")) === 1);
  expect(await call(running, asPricing)).toMatchObject({ category: "unavailable" });
  expect(await call(running, { ...asPricing, caFile: at("foreign.crt") })).toBe("OK");
});

/** What a plain HTTP/2 client hears of the server: it looks at its own certificate as little as grpcurl does. */
function firstFrame(port: number, name: string): Promise<"settings" | "none"> {
  const [ca, cert, key] = ["ca.crt", `${name}.crt`, `${name}.key`].map((file) => readFileSync(at(file)));
  return new Promise((resolve) => {
    const session = connect(`https://127.0.0.1:${port}`, { ca, cert, key });
    session.once("remoteSettings", () => {
      resolve("settings");
      session.destroy();
    });
    session.on("error", () => resolve("none"));
    session.once("close", () => resolve("none"));
  });
}

async function eventually(look: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 30_000; !(await look());) {
    if (Date.now() > until) throw new Error("It never came.");
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
