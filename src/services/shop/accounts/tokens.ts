import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  SignJWT,
} from "jose";
import type { Database } from "../../../platform/postgres";
import type { Account } from "../domain/account";
import { addSigningKey, signingKeys } from "../store/signing-keys";

/** Who issues the tokens, and for whom. */
const issuer = "alexandrite";
const audience = "alexandrite";
const lifetimeSeconds = 3_600;

/** Issues the tokens that all services take, signed with a key that all instances of Shop share. */
export type Tokens = {
  issue(account: Account): Promise<{ accessToken: string; expiresAt: Date }>;
  /** The public keys, active and retired, as they stand in the database now. */
  jwks(): Promise<JSONWebKeySet>;
};

/** Makes the signing key when the database has none, and reads it: an Ed25519 key named by its thumbprint (RFC 7638). */
export async function openTokens(db: Database): Promise<Tokens> {
  if ((await signingKeys(db)).length === 0) await addSigningKey(db, await newKey());
  const active = (await signingKeys(db)).find((key) => key.active);
  if (!active)
    throw new Error(
      "Shop's database has signing keys but none is active: set `active` on one of signing_key.",
    );
  const privateKey = await importJWK(active.privateJwk, "EdDSA");
  return {
    async issue({ accountId, role, name }) {
      const issuedAt = Math.floor(Date.now() / 1000);
      const accessToken = await new SignJWT({ role, name })
        .setProtectedHeader({ alg: "EdDSA", typ: "JWT", kid: active.kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(accountId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + lifetimeSeconds)
        .sign(privateKey);
      return { accessToken, expiresAt: new Date((issuedAt + lifetimeSeconds) * 1000) };
    },
    async jwks() {
      const keys = await signingKeys(db);
      return {
        // Fields are named one by one: whatever else a private key has stays here.
        keys: keys.map(({ kid, privateJwk: { kty, crv, x } }) => ({
          kty: kty as string,
          crv: crv as string,
          x: x as string,
          kid,
          alg: "EdDSA",
          use: "sig",
        })),
      };
    },
  };
}

async function newKey() {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const privateJwk = await exportJWK(privateKey);
  return { kid: await calculateJwkThumbprint(privateJwk), privateJwk };
}
