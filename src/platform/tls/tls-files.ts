import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { AppError } from "../errors";

/** Which files a side of a connection is made of, PEM each. `use` and the variables' names are for messages. */
export type TlsFiles = {
  /** What the files are for, such as `grpc-server`; a label of the metrics. */
  use: string;
  /** The side's own certificate and, after it, those that lead to the authority; with `keyFile` or neither. */
  certFile?: string | undefined;
  keyFile?: string | undefined;
  /** The authorities whose certificates the other side may show. */
  caFile?: string | undefined;
};

/** The files' contents, checked. */
export type TlsMaterial = {
  ca: Buffer | undefined;
  identity: { certificate: Buffer; privateKey: Buffer } | undefined;
  /** The first end among the certificates, milliseconds since 1970. */
  notAfter: number;
  /** SHA-256 of all of it: whether it has changed. */
  digest: string;
};

/** Reads and checks. Throws FAILED_PRECONDITION with the file and what is wrong with it: missing, no PEM, not valid yet, expired, or a key of another certificate. */
export function readTlsFiles({ certFile, keyFile, caFile }: TlsFiles, now = Date.now()): TlsMaterial {
  const ca = caFile === undefined ? undefined : read(caFile);
  const certificates = ca && caFile ? certificatesOf(caFile, ca, now) : [];
  let identity: TlsMaterial["identity"];
  if (certFile !== undefined && keyFile !== undefined) {
    const certificate = read(certFile);
    const privateKey = read(keyFile);
    const [own, ...chain] = certificatesOf(certFile, certificate, now);
    if (!own?.checkPrivateKey(keyOf(keyFile, privateKey)))
      throw unusable(
        keyFile,
        `is not the key of the certificate in ${certFile}: give the pair that was made together`,
      );
    certificates.push(own, ...chain);
    identity = { certificate, privateKey };
  }
  return {
    ca,
    identity,
    notAfter: Math.min(...certificates.map(({ validTo }) => Date.parse(validTo))),
    digest: [...certificates.map(({ fingerprint256 }) => fingerprint256)].join(),
  };
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const faults: Record<string, string> = {
      ENOENT: "is not there: make it, or correct the path",
      EACCES: "may not be read by this process: give its user the right to",
      EISDIR: "is a folder: name the file in it",
    };
    throw unusable(file, faults[code] ?? `cannot be read (${code})`, error);
  }
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function certificatesOf(file: string, pem: Buffer, now: number): X509Certificate[] {
  const blocks = pem.toString("latin1").match(pemBlock) ?? [];
  if (blocks.length === 0) throw unusable(file, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  return blocks.map((block) => {
    const certificate = parse(file, block);
    const { subject, validFrom, validTo } = certificate;
    const name = subject.replaceAll("\n", ", ");
    if (Date.parse(validTo) <= now)
      throw unusable(file, `holds a certificate (${name}) that expired on ${validTo}: renew it`);
    if (Date.parse(validFrom) > now)
      throw unusable(
        file,
        `holds a certificate (${name}) that is valid from ${validFrom} only: check the clock`,
      );
    return certificate;
  });
}

function parse(file: string, block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw unusable(file, "holds a certificate that cannot be read", error);
  }
}

function keyOf(file: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw unusable(file, "holds no private key in PEM that can be read without a password", error);
  }
}

function unusable(file: string, fault: string, cause?: unknown): AppError {
  return new AppError({
    category: "failed_precondition",
    reason: "TLS_FILE_UNUSABLE",
    message: `The TLS file ${file} ${fault}.`,
    details: { file },
    cause,
  });
}
