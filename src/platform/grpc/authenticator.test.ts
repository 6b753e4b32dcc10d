import { createHash } from "node:crypto";
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from "jose";
import { createAuthenticator } from ".";

type Key = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];

async function newKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair("Ed25519", { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "EdDSA", use: "sig" } };
}

function sign(key: { kid: string; privateKey: Key }, claims: Record<string, unknown> = {}): Promise<string> {
  const { exp = "1h", iss = "alexandrite", aud = "alexandrite", ...rest } = claims;
  return new SignJWT({ sub: "c1", role: "customer", name: "Ada", ...rest })
    .setProtectedHeader({ alg: "EdDSA", kid: key.kid })
    .setIssuer(iss as string)
    .setAudience(aud as string)
    .setIssuedAt()
    .setExpirationTime(exp as string)
    .sign(key.privateKey);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function open(jwks: () => Promise<JSONWebKeySet>) {
  return createAuthenticator({
    jwks,
    issuer: "alexandrite",
    audience: "alexandrite",
    verifyApiKey: async (key) =>
      key === "alx_partner_1" ? { role: "partner", id: "p1", name: "Partner" } : undefined,
    serviceKeyHashes: new Map([
      ["crm", sha256("crm-key")],
      ["mes", sha256("mes-key")],
    ]),
  });
}

describe("tokens", () => {
  afterEach(() => jest.useRealTimers());

  test("a token of the issuer names its account and role", async () => {
    const key = await newKey("k1");
    const authenticate = open(async () => ({ keys: [key.jwk] }));
    expect(await authenticate({ authorization: `Bearer ${await sign(key)}` })).toEqual({
      role: "customer",
      id: "c1",
      name: "Ada",
    });
  });

  test("the keys are fetched once for all calls that wait for them", async () => {
    const key = await newKey("k1");
    let fetches = 0;
    const authenticate = open(async () => (fetches++, { keys: [key.jwk] }));
    const authorization = `Bearer ${await sign(key)}`;
    await Promise.all(Array.from({ length: 20 }, () => authenticate({ authorization })));
    expect(fetches).toBe(1);
  });

  test.each([
    ["has expired", { exp: "-1m" }, "TOKEN_EXPIRED"],
    ["is of another issuer", { iss: "mallory" }, "BAD_TOKEN"],
    ["is for another audience", { aud: "mallory" }, "BAD_TOKEN"],
    ["names no role", { role: undefined }, "BAD_TOKEN"],
    ["names a role that tokens do not give", { role: "service" }, "BAD_TOKEN"],
  ])("a token that %s is refused", async (_what, claims, reason) => {
    const key = await newKey("k1");
    const authenticate = open(async () => ({ keys: [key.jwk] }));
    const authorization = `Bearer ${await sign(key, claims)}`;
    await expect(authenticate({ authorization })).rejects.toMatchObject({
      category: "unauthenticated",
      reason,
    });
  });

  test("a token cannot choose its algorithm", async () => {
    const key = await newKey("k1");
    const authenticate = open(async () => ({ keys: [key.jwk] }));
    const [, payload] = (await sign(key)).split(".");
    const encode = (header: object) => Buffer.from(JSON.stringify(header)).toString("base64url");
    const hmac = await new SignJWT({ sub: "c1", role: "operator" })
      .setProtectedHeader({ alg: "HS256", kid: "k1" })
      .setIssuer("alexandrite")
      .setAudience("alexandrite")
      .setExpirationTime("1h")
      .sign(Buffer.from(JSON.stringify(key.jwk)));
    for (const token of [`${encode({ alg: "none" })}.${payload}.`, hmac, "not a token", ""]) {
      await expect(authenticate({ authorization: `Bearer ${token}` })).rejects.toMatchObject({
        reason: "BAD_TOKEN",
      });
    }
    await expect(authenticate({ authorization: "Basic YTpi" })).rejects.toMatchObject({
      reason: "BAD_TOKEN",
    });
  });

  test("a token signed with another key under a known id is refused", async () => {
    const [real, forged] = [await newKey("k1"), await newKey("k1")];
    const authenticate = open(async () => ({ keys: [real.jwk] }));
    await expect(authenticate({ authorization: `Bearer ${await sign(forged)}` })).rejects.toMatchObject({
      reason: "BAD_TOKEN",
    });
  });

  test("an unknown key id asks the issuer again, at most every five seconds", async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
    const [old, fresh] = [await newKey("k1"), await newKey("k2")];
    let keys = [old.jwk];
    let fetches = 0;
    const authenticate = open(async () => (fetches++, { keys }));
    await authenticate({ authorization: `Bearer ${await sign(old)}` });
    keys = [old.jwk, fresh.jwk];
    const authorization = `Bearer ${await sign(fresh)}`;
    await expect(authenticate({ authorization })).rejects.toMatchObject({ reason: "BAD_TOKEN" });
    expect(fetches).toBe(1);
    jest.setSystemTime(Date.now() + 5_001);
    expect(await authenticate({ authorization })).toMatchObject({ id: "c1" });
    expect(fetches).toBe(2);
  });

  test("an issuer that is down locks nobody out who has a good token of a known key", async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
    const [known, unknown] = [await newKey("k1"), await newKey("k2")];
    let up = true;
    const authenticate = open(async () => {
      if (!up) throw new Error("connection refused");
      return { keys: [known.jwk] };
    });
    const authorization = `Bearer ${await sign(known)}`;
    await authenticate({ authorization });
    up = false;
    jest.setSystemTime(Date.now() + 6_000);
    await expect(authenticate({ authorization: `Bearer ${await sign(unknown)}` })).rejects.toMatchObject({
      category: "unavailable",
      reason: "KEYS_UNAVAILABLE",
    });
    expect(await authenticate({ authorization })).toMatchObject({ id: "c1" });
  });

  test("no keys at all is UNAVAILABLE, not UNAUTHENTICATED, and recovers", async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
    const key = await newKey("k1");
    let fetches = 0;
    const authenticate = open(async () => {
      if (fetches++ === 0) throw new Error("connection refused");
      return { keys: [key.jwk] };
    });
    const authorization = `Bearer ${await sign(key)}`;
    for (let i = 0; i < 3; i++) {
      await expect(authenticate({ authorization })).rejects.toMatchObject({ category: "unavailable" });
    }
    expect(fetches).toBe(1);
    jest.setSystemTime(Date.now() + 5_001);
    expect(await authenticate({ authorization })).toMatchObject({ id: "c1" });
  });
});

describe("keys", () => {
  const authenticate = open(async () => ({ keys: [] }));

  test("an API key names its partner, an unknown one is refused", async () => {
    expect(await authenticate({ apiKey: "alx_partner_1" })).toEqual({
      role: "partner",
      id: "p1",
      name: "Partner",
    });
    await expect(authenticate({ apiKey: "alx_partner_2" })).rejects.toMatchObject({
      category: "unauthenticated",
      reason: "UNKNOWN_API_KEY",
    });
  });

  test("a service key names its service, an unknown one is refused", async () => {
    expect(await authenticate({ serviceKey: "mes-key" })).toEqual({
      role: "service",
      id: "mes",
      name: "mes",
    });
    await expect(authenticate({ serviceKey: "guess" })).rejects.toMatchObject({
      reason: "UNKNOWN_SERVICE_KEY",
    });
  });

  test("a service that forwards a user's token acts for the user", async () => {
    const key = await newKey("k1");
    const forUser = open(async () => ({ keys: [key.jwk] }));
    const credentials = { authorization: `Bearer ${await sign(key)}`, serviceKey: "crm-key" };
    expect(await forUser(credentials)).toMatchObject({ role: "customer", id: "c1" });
  });

  test("nothing at all is anonymous", async () => {
    expect(await authenticate({})).toEqual({ role: "anonymous", id: "", name: "anonymous" });
  });
});
