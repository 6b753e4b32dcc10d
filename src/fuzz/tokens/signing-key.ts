import { type JWK, importJWK, SignJWT } from "jose";
import type { Settings } from "../../stack/settings";
import { readDatabase } from "../../tools/order/databases";

/** Signs what Shop would never sign, with Shop's own key. */
export type Signer = {
  kid: string;
  publicX: string;
  sign(payload: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
};

/** Takes the key out of Shop's database, as somebody with that database could. */
export async function openSigner(settings: Settings): Promise<Signer> {
  const query = { keys: { text: "SELECT kid, private_jwk FROM signing_key WHERE active", values: [] } };
  const found = await readDatabase(settings, "shop", query);
  const row = typeof found === "string" ? undefined : found["keys"]?.[0];
  if (!row)
    throw new Error(
      `Shop's signing key cannot be read: ${typeof found === "string" ? found : "there is none"}.`,
    );
  const { kid, private_jwk: jwk } = row as { kid: string; private_jwk: JWK };
  const key = await importJWK(jwk, "EdDSA");
  return {
    kid,
    publicX: jwk.x!,
    sign: (payload, header = {}) =>
      new SignJWT(payload).setProtectedHeader({ alg: "EdDSA", typ: "JWT", kid, ...header }).sign(key),
  };
}
