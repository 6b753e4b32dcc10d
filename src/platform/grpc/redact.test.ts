import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { AppError } from "../errors";
import { createTestHost, type TestHost } from "../testing";
import { type Client, createServer, openClient, redactorOf, withoutCredentials } from ".";
import { KeepRequest, SecretsServiceDefinition } from "./testing/gen/testing";
import { authenticateAda, serverSettings, testingDescriptors } from "./testing/probe";

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, testingDescriptors));
const redact = redactorOf(registry, "alexandrite.testing.v1.KeepRequest");

const full = KeepRequest.fromPartial({
  name: "Ada",
  password: "hunter22",
  keys: { "key-of-ada": "s3cret" },
  cards: [{ number: "4242424242424242", label: "work" }],
  proof: { $case: "token", value: "tok_123" },
  attachment: Buffer.from("hunter22"),
  amountMinor: 9_007_199_254_740_993n,
  wallet: { first: { number: "4000000000000002", label: "home" } },
  inner: { password: "deep-secret", proof: { $case: "photoUrl", value: "http://x" } },
});
const secrets = ["hunter22", "key-of-ada", "s3cret", "4242", "tok_123", "4000000000000002", "deep-secret"];

describe("a redactor", () => {
  test("hides marked fields at every depth, in lists, maps and oneofs, and shows the rest as plain values", () => {
    const shown = redact(KeepRequest.decode(KeepRequest.encode(full).finish()));
    expect(shown).toEqual({
      name: "Ada",
      password: "[redacted]",
      keys: "[redacted]",
      cards: [{ number: "[redacted]", label: "work" }],
      token: "[redacted]",
      attachment: "[8 bytes]",
      amountMinor: "9007199254740993",
      wallet: { first: { number: "[redacted]", label: "home" } },
      inner: expect.objectContaining({ password: "[redacted]", photoUrl: "http://x" }),
    });
    for (const secret of secrets) expect(JSON.stringify(shown)).not.toContain(secret);
  });

  test("knows the names that proto-loader gives as well", () => {
    const message = { amount_minor: "12", proof: "token", token: "tok_123", photo_url: "x", password: "p" };
    expect(redact(message)).toEqual({
      amount_minor: "12",
      token: "[redacted]",
      photo_url: "x",
      password: "[redacted]",
    });
  });

  test("shows nothing of what it does not know", () => {
    expect(redact({ name: "Ada", pass_word: "hunter22" })).toEqual({ name: "Ada", pass_word: "[unknown]" });
    expect(redact("hunter22")).toBe("[no alexandrite.testing.v1.KeepRequest]");
    expect(redactorOf(registry, "made.Up")({ password: "hunter22" })).toBe(
      "[made.Up is not in the descriptors]",
    );
  });

  test("is bounded in length, in number and in depth, also for a message that holds itself", () => {
    const round: Record<string, unknown> = { name: "x".repeat(1_000_000), attachment: Buffer.alloc(1e6) };
    round["inner"] = round;
    round["cards"] = Array.from({ length: 10_000 }, () => ({ label: "y".repeat(10_000) }));
    round["wallet"] = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, { label: "z" }]));
    const text = JSON.stringify(redact(round));
    expect(text.length).toBeLessThan(100_000);
    expect(text).toContain("… (1000000 characters)");
    expect(text).toContain("[1000000 bytes]");
    expect(text).toContain("… 9980 more");
    expect(text).toContain("[deeper]");
  });

  test("shows times as ISO texts, and numbers that JSON has no word for", () => {
    expect(redactorOf(registry, "buf.validate.TimestampRules")({ const: new Date(0) })).toEqual({
      const: "1970-01-01T00:00:00.000Z",
    });
    expect(redactorOf(registry, "buf.validate.DoubleRules")({ const: NaN })).toEqual({ const: "NaN" });
  });
});

describe("a server", () => {
  let host: TestHost;
  let client: Client<typeof SecretsServiceDefinition>;

  async function open(logPayloads: boolean): Promise<void> {
    host = createTestHost("secrets");
    const server = createServer(host, serverSettings({ logPayloads }), {
      authenticate: authenticateAda,
      descriptors: testingDescriptors,
    });
    server.add(SecretsServiceDefinition, { keep: async () => ({}) });
    await host.own(server.listen());
    const address = `127.0.0.1:${server.port}`;
    client = await host.own(
      openClient(host, SecretsServiceDefinition, { address, credentials: withoutCredentials() }),
    );
  }
  afterEach(() => host.close());

  const request = (more: Partial<KeepRequest>): KeepRequest => ({
    ...KeepRequest.decode(new Uint8Array()),
    ...more,
  });
  const refusalOf = async (message: KeepRequest): Promise<AppError> =>
    client.keep(message).then(
      () => Promise.reject(new Error("expected a refusal")),
      (error: unknown) => error as AppError,
    );
  /** All that left the server: what the caller got, lines, spans. */
  const told = (refusal?: AppError): string =>
    JSON.stringify([
      refusal && [refusal.message, refusal.violations, refusal.details],
      host.logs,
      host.spans().map(({ attributes, events, status }) => [attributes, events, status]),
    ]);

  test("logs no request unless it is told to", async () => {
    await open(false);
    await client.keep(request({ name: "Ada" }));
    expect(told()).not.toContain('"Ada"');
    expect(host.logs.some((line) => "request" in line)).toBe(false);
  });

  test("logs requests at debug when it is told to, one text each, with the call's trace and without what is marked", async () => {
    await open(true);
    const cards = [{ number: "4242", label: "work" }];
    await client.keep({ ...full, cards, wallet: {} });
    const line = host.logs.find((each) => "request" in each);
    expect(line).toMatchObject({
      level: "debug",
      rpc_method: "alexandrite.testing.v1.SecretsService/Keep",
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(JSON.parse(String(line?.["request"]))).toMatchObject({ name: "Ada", password: "[redacted]" });
    for (const secret of secrets.filter((each) => each !== "4242")) expect(told()).not.toContain(secret);
    host.log.level = "info";
    host.clear();
    await client.keep(request({ name: "Ada" }));
    expect(host.logs.some((each) => "request" in each)).toBe(false);
  });

  test.each<[string, Partial<KeepRequest>, string]>([
    ["a standard rule speaks of its limit", { password: "x".repeat(41) }, "password: must be at most 40"],
    [
      "an author's rule on a marked field says only its name",
      { password: "known-as-it-is" },
      "password.known",
    ],
    ["an author's rule on the message as well", { name: "hunter22", password: "hunter22" }, "keep.name"],
    ["a map's key is not named", { keys: { "key-of-ada": "y".repeat(41) } }, 'keys["[redacted]"]'],
    ["a limit stays, though the value is part of its text", { cards: [{ number: "4", label: "" }] }, "{4}$"],
    ["a list's index is", { cards: [{ number: "424299x", label: "" }] }, "cards[0].number: "],
    [
      "and a map's key that is not marked",
      { wallet: { home: { number: "424299x", label: "" } } },
      'wallet["home"].number',
    ],
  ])("refuses without repeating what is marked: %s", async (_title, wrong, expected) => {
    await open(true);
    const refusal = await refusalOf(request(wrong));
    expect(refusal).toMatchObject({ category: "invalid_argument", reason: "INVALID_FIELDS" });
    expect(refusal.message).toContain(expected);
    const all = told(refusal);
    for (const part of ["xxxxx", "yyyyy", "known-a", "key-of-ada", "424299x"])
      expect(all).not.toContain(part);
    if ("name" in wrong) expect(refusal.message).not.toContain("hunter22");
  });
});
