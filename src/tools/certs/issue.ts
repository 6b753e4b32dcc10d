import "reflect-metadata";
import { createPrivateKey, generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** A certificate and its key, PEM. */
export type Issued = { certificate: string; privateKey: string };

/** What is signed with. */
export type Authority = Issued;

type Validity = { notBefore?: Date; days: number };

/** ECDSA on P-256: what every TLS 1.2 and 1.3 library takes, with small certificates. */
const algorithm = { name: "ECDSA", namedCurve: "P-256" };
const signingAlgorithm = { ...algorithm, hash: "SHA-256" };
const dayMs = 86_400_000;
/** A clock that is a little behind takes a new certificate all the same. */
const backdatedMs = 300_000;

/** A new authority, which may sign end certificates only (path length 0). */
export async function createAuthority(name: string, { notBefore, days }: Validity): Promise<Authority> {
  const keys = newKeys();
  const imported = await importKeys(keys);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString("hex"),
    name: `CN=${name}`,
    ...validFor(notBefore, days),
    keys: imported,
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(imported.publicKey),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, privateKey: keys.privateKey };
}

/** A certificate for servers and clients alike. `names`: DNS names and IP addresses; the first is the common name. */
export async function issueCertificate(
  authority: Authority,
  names: readonly string[],
  { notBefore, days }: Validity,
): Promise<Issued> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = newKeys();
  const { publicKey } = await importKeys(keys);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString("hex"),
    subject: `CN=${names[0]}`,
    issuer: issuer.subject,
    ...validFor(notBefore, days),
    publicKey,
    signingKey: await importPrivate(authority.privateKey),
    signingAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIp(value) ? "ip" : "dns", value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, privateKey: keys.privateKey };
}

function validFor(notBefore = new Date(Date.now() - backdatedMs), days: number) {
  return { notBefore, notAfter: new Date(notBefore.getTime() + days * dayMs) };
}

function isIp(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(":");
}

type Pems = { publicKey: string; privateKey: string };

function newKeys(): Pems {
  return generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

async function importKeys({ publicKey, privateKey }: Pems): Promise<webcrypto.CryptoKeyPair> {
  const spki = Buffer.from(publicKey.replace(/-----[^-]+-----|\s/g, ""), "base64");
  return {
    publicKey: await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]),
    privateKey: await importPrivate(privateKey),
  };
}

function importPrivate(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}
