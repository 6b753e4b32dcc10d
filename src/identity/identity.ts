import { LRUCache } from "lru-cache";
import { type ConfigOf, text, variable } from "../platform/config";
import { AppError } from "../platform/errors";
import { type Authenticator, createAuthenticator, type Principal } from "../platform/grpc";
import { serviceKeyHashes } from "./service-key-hashes";

/** `iss` and `aud` of Shop's tokens. */
export const tokenIssuer = "alexandrite";

/** What a process needs to know its callers by. */
export const identityConfig = {
  serviceKey: variable("SERVICE_KEY", text, {
    secret: true,
    description: "the key this process shows to other services, for example from `openssl rand -hex 32`",
  }),
  serviceKeyHashes: variable("SERVICE_KEY_HASHES", serviceKeyHashes, {
    description: "name:sha256hex of every service's key, separated by commas",
  }),
};

export type IdentityConfig = ConfigOf<typeof identityConfig>;

/** Where a service learns about credentials it did not issue itself. `Client<ShopService>` and `Client<MesService>` fit. */
export type IdentitySources = {
  shop: { getJwks(request: Record<string, never>): Promise<{ jwksJson: string }> };
  mes: { verifyApiKey(request: { apiKey: string }): Promise<{ partnerId: string; name: string }> };
};

/** A key found stays valid for a minute without asking again; an unknown one is asked for again after five seconds. */
const foundTtlMs = 60_000;
const unknownTtlMs = 5_000;

/**
 * Knows callers as all of Alexandrite's services know them: accounts by Shop's tokens, partners by MES's API keys, services by their
 * own keys. MES's answers are cached, 10,000 at most; a failure to ask is not.
 */
export function createIdentity(config: IdentityConfig, { shop, mes }: IdentitySources): Authenticator {
  const partners = new LRUCache<string, { principal: Principal | undefined }>({ max: 10_000 });
  return createAuthenticator({
    jwks: async () => parseJwks((await shop.getJwks({})).jwksJson),
    issuer: tokenIssuer,
    audience: tokenIssuer,
    serviceKeyHashes: config.serviceKeyHashes,
    verifyApiKey: async (apiKey) => {
      const cached = partners.get(apiKey);
      if (cached !== undefined) return cached.principal;
      const principal = await askMes(mes, apiKey);
      partners.set(apiKey, { principal }, { ttl: principal ? foundTtlMs : unknownTtlMs });
      return principal;
    },
  });
}

async function askMes(mes: IdentitySources["mes"], apiKey: string): Promise<Principal | undefined> {
  try {
    const { partnerId, name } = await mes.verifyApiKey({ apiKey });
    return { role: "partner", id: partnerId, name };
  } catch (error) {
    // MES's word that nobody has this key, or that nobody could have it; any other failure is a failure to ask.
    if (
      error instanceof AppError &&
      (error.reason === "UNKNOWN_API_KEY" || error.category === "invalid_argument")
    )
      return undefined;
    throw error;
  }
}

function parseJwks(json: string): { keys: Record<string, unknown>[] } {
  const parsed: unknown = JSON.parse(json);
  if (typeof parsed === "object" && parsed !== null && "keys" in parsed && Array.isArray(parsed.keys)) {
    return { keys: parsed.keys as Record<string, unknown>[] };
  }
  throw new AppError({
    category: "unavailable",
    reason: "BAD_JWKS",
    message: "Shop's key set has no `keys`.",
  });
}
