import type { JWK } from "jose";
import type { Queryable } from "../../../platform/postgres";

export type SigningKey = { kid: string; privateJwk: JWK; active: boolean };

type KeyRow = { kid: string; private_jwk: JWK; active: boolean };

/** All keys that verify tokens, the active one first. */
export async function signingKeys(db: Queryable): Promise<SigningKey[]> {
  const rows = await db.query<KeyRow>(
    "SELECT kid, private_jwk, active FROM signing_key ORDER BY active DESC, created_at DESC",
  );
  return rows.map((row) => ({ kid: row.kid, privateJwk: row.private_jwk, active: row.active }));
}

/** Adds an active key unless there is one: of instances that start together, one wins. */
export async function addSigningKey(db: Queryable, key: { kid: string; privateJwk: JWK }): Promise<void> {
  await db.execute("INSERT INTO signing_key (kid, private_jwk) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
    key.kid,
    JSON.stringify(key.privateJwk),
  ]);
}
