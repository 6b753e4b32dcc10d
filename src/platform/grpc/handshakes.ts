import type { Http2SecureServer } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { Server } from "@grpc/grpc-js";
import type { ServiceHost } from "../lifecycle";
import { tlsMetrics } from "../tls";

const reasons = ["no_certificate", "foreign_authority", "out_of_date", "plaintext", "other"] as const;
type Reason = (typeof reasons)[number];

type Serving = { http2Servers?: Map<Http2SecureServer, unknown> };

/**
 * Counts and logs the connections that a server's TLS refuses: no call ever comes of them, so nothing else tells. grpc-js has no public way to its listeners
 * (`http2Servers`, private, seen in 1.14.7); without it nothing is counted.
 */
export function watchHandshakes(host: ServiceHost, server: Server): void {
  const failures = host.metrics.counter(tlsMetrics.handshakeFailures);
  for (const reason of reasons) failures.child({ reason });
  for (const listener of (server as unknown as Serving).http2Servers?.keys() ?? []) {
    listener.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      const reason = reasonOf(error, socket);
      failures.inc({ reason });
      // Anybody can make this happen as often as they like: the line is for people who look for it, the counter for alerts.
      host.log.info(
        { reason, peer: socket.remoteAddress, code: causeOf(error, socket) },
        "A connection was refused at the TLS handshake",
      );
    });
  }
}

function causeOf({ code }: NodeJS.ErrnoException, { authorizationError }: TLSSocket): string {
  return String(authorizationError ?? code ?? "unknown");
}

function reasonOf(error: NodeJS.ErrnoException, socket: TLSSocket): Reason {
  const code = causeOf(error, socket);
  if (/PEER_DID_NOT_RETURN_A_CERTIFICATE/.test(code)) return "no_certificate";
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|CERTIFICATE_EXPIRED/.test(code)) return "out_of_date";
  if (/ISSUER_CERT|SELF_SIGNED|VERIFY_LEAF|CERT_UNTRUSTED|INVALID_CA|SIGNATURE/.test(code))
    return "foreign_authority";
  if (/HTTP_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH|UNKNOWN_PROTOCOL/.test(code)) return "plaintext";
  return "other";
}
