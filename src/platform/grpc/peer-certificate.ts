import type { PeerCertificate } from "node:tls";
import { AppError } from "../errors";
import type { GrpcServerTls } from "./tls-settings";
import type { Authenticator, Principal } from "./types";

/** Who a call comes from, as grpc-js tells it. */
export type Peer = {
  getPeer(): string;
  getAuthContext?(): { sslPeerCertificate?: PeerCertificate };
};

/** What a server asks of its callers' certificates beyond that its authority made them; undefined where callers show none. */
export type CertificateRule = { names: readonly string[] };

export function certificateRuleOf(tls: GrpcServerTls | undefined): CertificateRule | undefined {
  return tls && tls.clientCaFile !== "" ? { names: tls.clientNames } : undefined;
}

/** The DNS names of a certificate. */
export function dnsNamesOf(certificate: Pick<PeerCertificate, "subjectaltname"> | undefined): string[] {
  return (certificate?.subjectaltname ?? "")
    .split(", ")
    .filter((entry) => entry.startsWith("DNS:"))
    .map((entry) => entry.slice(4));
}

/** Throws PERMISSION_DENIED (WRONG_CERTIFICATE) for a caller whose certificate has none of the rule's names. */
function mustBeAdmitted({ names }: CertificateRule, shown: readonly string[]): void {
  if (names.length === 0 || shown.some((name) => names.includes(name))) return;
  throw new AppError({
    category: "permission_denied",
    reason: "WRONG_CERTIFICATE",
    message: `This server is for the certificates of ${names.join(", ")}, not of ${shown.join(", ") || "nobody"}`,
  });
}

/** Throws PERMISSION_DENIED (CERTIFICATE_OF_ANOTHER) for a service's key over another service's certificate: a stolen key alone opens nothing. */
function mustBeOwnCertificate({ role, id }: Principal, shown: readonly string[]): void {
  if (role !== "service" || shown.includes(id)) return;
  throw new AppError({
    category: "permission_denied",
    reason: "CERTIFICATE_OF_ANOTHER",
    message: `The key is ${id}'s, the certificate is of ${shown.join(", ") || "nobody"}`,
  });
}

/** The server's authenticator for one call: its caller's certificate counts too. Throws at once for a certificate that is not admitted. */
export function overCertificate(
  rule: CertificateRule,
  shown: readonly string[],
  authenticate: Authenticator,
): Authenticator {
  mustBeAdmitted(rule, shown);
  return async (credentials) => {
    const principal = await authenticate(credentials);
    mustBeOwnCertificate(principal, shown);
    return principal;
  };
}
