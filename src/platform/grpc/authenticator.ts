import { createHash, timingSafeEqual } from "node:crypto";
import { type JSONWebKeySet, errors as joseErrors, jwtVerify, type JWTPayload } from "jose";
import { AppError } from "../errors";
import { createKeyCache } from "./key-cache";
import type { Authenticator, Principal } from "./types";

export type AuthenticatorOptions = {
  /** The issuer's key set; asked for at the first token, every ten minutes, and for an unknown key id. Runs outside the scope of the call that needs it. */
  jwks: () => Promise<JSONWebKeySet>;
  issuer: string;
  audience: string;
  /** The partner behind an API key; undefined when nobody has it. Called for each call: caching is the caller's. */
  verifyApiKey?: (apiKey: string) => Promise<Principal | undefined>;
  /** SHA-256 (lower-case hex) of each service's key, by the service's name. */
  serviceKeyHashes: ReadonlyMap<string, string>;
};

/** Only what Shop signs with; a token cannot choose (RFC 8725, section 3.1). */
const algorithms = ["EdDSA", "Ed25519"];
const roles = new Set<string>(["customer", "seller", "operator"]);

/**
 * Knows callers by their credentials. A user's token counts before a service's key, because a service that forwards one acts for the user.
 * Throws UNAUTHENTICATED: BAD_TOKEN, TOKEN_EXPIRED, UNKNOWN_API_KEY, UNKNOWN_SERVICE_KEY; UNAVAILABLE when the issuer's keys cannot be had.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const verifyToken = createTokenVerifier(options);
  return async ({ authorization, apiKey, serviceKey }) => {
    if (authorization !== undefined) return verifyToken(authorization);
    if (apiKey !== undefined) {
      const principal = await options.verifyApiKey?.(apiKey);
      if (!principal) throw unauthenticated("UNKNOWN_API_KEY", "Nobody has this API key");
      return principal;
    }
    if (serviceKey !== undefined) return serviceOf(serviceKey, options.serviceKeyHashes);
    return { role: "anonymous", id: "", name: "anonymous" };
  };
}

function createTokenVerifier({
  jwks,
  issuer,
  audience,
}: AuthenticatorOptions): (header: string) => Promise<Principal> {
  const keys = createKeyCache(jwks);
  const rules = { issuer, audience, algorithms, requiredClaims: ["sub", "exp", "role"] };
  const verify = async (token: string): Promise<JWTPayload> => {
    try {
      return (await jwtVerify(token, await keys.get(), rules)).payload;
    } catch (error) {
      if (!(error instanceof joseErrors.JWKSNoMatchingKey)) throw error;
      const rotated = keys.refetch();
      if (!rotated) throw error;
      return (await jwtVerify(token, await rotated, rules)).payload;
    }
  };
  return async (header) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(header) ?? [];
    if (token === undefined) throw unauthenticated("BAD_TOKEN", 'authorization must be "Bearer <token>"');
    try {
      return principalOf(await verify(token));
    } catch (error) {
      if (error instanceof joseErrors.JWTExpired)
        throw unauthenticated("TOKEN_EXPIRED", "The token has expired", error);
      if (error instanceof joseErrors.JOSEError)
        throw unauthenticated("BAD_TOKEN", "The token is no good", error);
      throw error;
    }
  };
}

function principalOf({ sub, role, name }: JWTPayload): Principal {
  if (typeof role !== "string" || !roles.has(role) || sub === undefined) {
    throw unauthenticated("BAD_TOKEN", "The token names no account or no role");
  }
  return { role: role as Principal["role"], id: sub, name: typeof name === "string" ? name : sub };
}

function serviceOf(serviceKey: string, hashes: ReadonlyMap<string, string>): Principal {
  const given = createHash("sha256").update(serviceKey).digest();
  let found: string | undefined;
  // All are compared, so that the time tells nothing.
  for (const [name, hash] of hashes) {
    const expected = Buffer.from(hash, "hex");
    if (expected.length === given.length && timingSafeEqual(expected, given)) found = name;
  }
  if (found === undefined) throw unauthenticated("UNKNOWN_SERVICE_KEY", "No service has this key");
  return { role: "service", id: found, name: found };
}

function unauthenticated(reason: string, message: string, cause?: unknown): AppError {
  return new AppError({ category: "unauthenticated", reason, message, cause });
}
