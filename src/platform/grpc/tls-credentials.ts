import {
  type ChannelCredentials,
  credentials as channelCredentials,
  experimental,
  ServerCredentials,
} from "@grpc/grpc-js";
import { AppError } from "../errors";
import type { ServiceHost } from "../lifecycle";
import { type WatchedTls, watchTlsFiles } from "../tls";
import type { GrpcClientTls, GrpcServerTls } from "./tls-settings";

/**
 * What a server listens with: plain text, or TLS with files that are taken anew when they change. With an authority for callers, one without its
 * certificate is refused at the handshake. Throws for files that do not fit, and for half a configuration.
 */
export function serverCredentials(host: ServiceHost, tls: GrpcServerTls | undefined): ServerCredentials {
  if (!tls || (tls.certFile === "" && tls.keyFile === "" && tls.clientCaFile === ""))
    return ServerCredentials.createInsecure();
  const { certFile, keyFile, clientCaFile, pollMs } = tls;
  mustHaveBoth("GRPC_TLS_CERT_FILE", certFile, "GRPC_TLS_KEY_FILE", keyFile);
  if (certFile === "") throw half("GRPC_TLS_CERT_FILE", "GRPC_TLS_CLIENT_CA_FILE");
  const files = { use: "grpc-server", certFile, keyFile, caFile: clientCaFile || undefined };
  const watched = watchTlsFiles(host, files, pollMs);
  const provider = providerOf(watched);
  // Its first parameter is the identity and its second the authority, whatever their names say (seen in 1.14.7).
  return experimental.createCertificateProviderServerCredentials(
    provider,
    clientCaFile === "" ? null : provider,
    clientCaFile !== "",
  );
}

/** What a client connects with. Throws as above. */
export function clientCredentials(host: ServiceHost, tls: GrpcClientTls | undefined): ChannelCredentials {
  if (!tls || (tls.caFile === "" && tls.certFile === "" && tls.keyFile === ""))
    return channelCredentials.createInsecure();
  const { caFile, certFile, keyFile, pollMs } = tls;
  mustHaveBoth("GRPC_CLIENT_TLS_CERT_FILE", certFile, "GRPC_CLIENT_TLS_KEY_FILE", keyFile);
  if (caFile === "") throw half("GRPC_CLIENT_TLS_CA_FILE", "GRPC_CLIENT_TLS_CERT_FILE");
  const hasIdentity = certFile !== "";
  const files = { use: "grpc-client", caFile, ...(hasIdentity && { certFile, keyFile }) };
  const provider = providerOf(watchTlsFiles(host, files, pollMs));
  return experimental.createCertificateProviderChannelCredentials(provider, hasIdentity ? provider : null);
}

type Provider = experimental.CertificateProvider;

/** Ours in the place of grpc-js's file watcher, which hands on whatever it reads: half a renewal closes the port until the other half is there. */
function providerOf(watched: WatchedTls): Provider {
  const unfollow = new Map<unknown, () => void>();
  const tell = <U>(listener: (update: U | null) => void, pick: () => U | undefined): void => {
    const now = (): void => listener(pick() ?? null);
    // grpc-js drops what it is told while it subscribes.
    process.nextTick(now);
    unfollow.set(listener, watched.follow(now));
  };
  const forget = (listener: unknown): void => {
    unfollow.get(listener)?.();
    unfollow.delete(listener);
  };
  return {
    addCaCertificateListener: (listener) =>
      tell(listener, () => {
        const { ca } = watched.current;
        return ca && { caCertificate: ca };
      }),
    removeCaCertificateListener: forget,
    addIdentityCertificateListener: (listener) => tell(listener, () => watched.current.identity),
    removeIdentityCertificateListener: forget,
  };
}

function mustHaveBoth(certName: string, cert: string, keyName: string, key: string): void {
  if ((cert === "") === (key === "")) return;
  throw cert === "" ? half(certName, keyName) : half(keyName, certName);
}

function half(missing: string, given: string): AppError {
  return new AppError({
    category: "failed_precondition",
    reason: "TLS_HALF_CONFIGURED",
    message: `${given} is set and ${missing} is not: set both, or neither for plain text.`,
  });
}
