import { createHmac } from "node:crypto";
import { Dice } from "../dice";
import { oddText } from "../odd-text";
import type { Signer } from "./signing-key";

/** Headers of somebody who is nobody. */
export type FuzzedCredentials = { headers: Record<string, string>; how: string };

const base64 = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

const kids = [
  "",
  "../../dev/null",
  "/etc/passwd",
  "' OR 1=1 --",
  "a".repeat(3_000),
  1,
  null,
  {},
  ["a"],
  "\0",
  "__proto__",
];
const algorithms = [
  "none",
  "None",
  "NONE",
  "nOnE",
  "HS256",
  "HS512",
  "RS256",
  "ES256",
  "PS256",
  "Ed25519",
  "EdDSA ",
  "eddsa",
  "ES256K",
  "dir",
  "",
  null,
  1,
  ["EdDSA"],
];

/** Case `n` of a seed: a token, an API key or a service's key that nobody may be let in with. `token` is a valid one. */
export async function makeCredentials(
  token: string,
  signer: Signer,
  seed: number,
  n: number,
): Promise<FuzzedCredentials> {
  const dice = Dice.of("tokens", seed, n);
  if (dice.oneIn(6))
    return { headers: { [dice.pick(["x-api-key", "x-service-key"])]: printable(keyText(dice)) }, how: "key" };
  const [how, made] = await dice.pick(forgeries)(token, signer, dice);
  const scheme = dice.oneIn(12)
    ? dice.pick(["bearer  ", "BEARER ", "Basic ", "", "Bearer\t", "Token ", "Bearer Bearer "])
    : "Bearer ";
  return { headers: { authorization: printable(scheme + made) }, how };
}

type Forgery = (token: string, signer: Signer, dice: Dice) => Promise<[how: string, token: string]>;

const parts = (token: string): [string, string, string] => token.split(".") as [string, string, string];
const now = (): number => Math.floor(Date.now() / 1_000);
const claims = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(parts(token)[1], "base64url").toString()) as Record<string, unknown>;

const forgeries: readonly Forgery[] = [
  async (token, { kid }, dice) => {
    const header = { alg: dice.pick(algorithms), typ: "JWT", kid };
    return ["algorithm", `${base64(header)}.${parts(token)[1]}.${dice.oneIn(2) ? "" : parts(token)[2]}`];
  },
  // The public key as the secret of a symmetric algorithm.
  async (token, { kid, publicX }) => {
    const signed = `${base64({ alg: "HS256", typ: "JWT", kid })}.${parts(token)[1]}`;
    return [
      "confusion",
      `${signed}.${createHmac("sha256", Buffer.from(publicX, "base64url")).update(signed).digest("base64url")}`,
    ];
  },
  async (token, _signer, dice) => [
    "kid",
    `${base64({ alg: "EdDSA", typ: "JWT", kid: dice.pick(kids) })}.${parts(token)[1]}.${parts(token)[2]}`,
  ],
  async (token, { kid, publicX }, dice) => {
    const own = dice.pick([
      { jwk: { kty: "OKP", crv: "Ed25519", x: publicX } },
      { jku: "http://127.0.0.1:1/" },
      { x5u: "http://127.0.0.1:1/" },
      { x5c: ["AAAA"] },
      { crit: ["exp"] },
      { crit: [] },
      { b64: false, crit: ["b64"] },
      { zip: "DEF" },
      { cty: "JWT" },
      { enc: "A128GCM" },
    ]);
    return [
      "header",
      `${base64({ alg: "EdDSA", typ: "JWT", kid, ...own })}.${parts(token)[1]}.${parts(token)[2]}`,
    ];
  },
  async (token, _signer, dice) => {
    const changed = {
      ...claims(token),
      ...dice.pick([
        { role: "operator" },
        { sub: oddText(dice) },
        { exp: 1e308 },
        { exp: "9" },
        { aud: ["a"] },
        { nbf: -1 },
        { name: {} },
      ]),
    };
    return ["payload", `${parts(token)[0]}.${base64(changed)}.${parts(token)[2]}`];
  },
  async (token, _signer, dice) => {
    const [header, payload, signature] = parts(token);
    const bytes = Buffer.from(signature, "base64url");
    bytes[dice.below(bytes.length)]! ^= 1 << dice.below(8);
    return [
      "signature",
      `${header}.${payload}.${dice.oneIn(3) ? bytes.subarray(0, dice.below(64)).toString("base64url") : bytes.toString("base64url")}`,
    ];
  },
  async (token, _signer, dice) => {
    const [header, payload, signature] = parts(token);
    return [
      "shape",
      dice.pick([
        header,
        `${header}.${payload}`,
        `${header}.${payload}.${signature}.`,
        `.${payload}.${signature}`,
        `${header}..${signature}`,
        "..",
        ".",
        "a.b.c.d.e",
        `${token}${token}`,
        base64("{"),
        `${base64("null")}.${base64("[]")}.AA`,
        `${base64("[".repeat(2_000))}.${payload}.${signature}`,
        `${header}.${"A".repeat(7_000)}.${signature}`,
        "A".repeat(6_000),
      ]),
    ];
  },
  async (token, signer, dice) => {
    const lies: Record<string, unknown>[] = [
      { exp: now() - 60 },
      { exp: 0 },
      { exp: -1 },
      { iss: "somebody" },
      { iss: undefined },
      { aud: "somebody" },
      { aud: [] },
      { role: "admin" },
      { role: "service" },
      { role: ["operator"] },
      { role: undefined },
      { sub: undefined },
      { exp: undefined },
      { nbf: now() + 3_600 },
      { role: "__proto__" },
    ];
    return ["claims", await signer.sign({ ...claims(token), ...dice.pick(lies) })];
  },
  async (token, signer, dice) => {
    const signed = await signer
      .sign(
        claims(token),
        dice.pick([{ kid: "another" }, { crit: ["exp"], exp: 1 }, { alg: "EdDSA", kid: "" }]) as Record<
          string,
          unknown
        >,
      )
      .catch(() => "a.b.c");
    return ["signed header", signed];
  },
  async (_token, _signer, dice) => ["text", oddText(dice)],
];

function keyText(dice: Dice): string {
  return dice.oneIn(3) ? `alx_partner_${dice.bytes(dice.size(200)).toString("hex")}` : oddText(dice);
}

/** What may stand in a header at all. */
function printable(text: string): string {
  return (
    text
      .replaceAll(/[^\x20-\x7e]/g, "?")
      .slice(0, 20_000)
      .trim() || "?"
  );
}
