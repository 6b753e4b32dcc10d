import { type ConfigOf, integer, optionalText, variable } from "../config";

const pollMs = variable("GRPC_TLS_POLL_MS", integer(100), {
  default: 10_000,
  description: "how often the TLS files are looked at for changes, in milliseconds",
});

const names = optionalText.transform((value) =>
  value
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== ""),
);

/** A server's TLS; without a certificate it speaks plain text. */
export const grpcServerTlsConfig = {
  certFile: variable("GRPC_TLS_CERT_FILE", optionalText, {
    default: "",
    description: "the server's certificate and chain in PEM; empty for plain text",
  }),
  keyFile: variable("GRPC_TLS_KEY_FILE", optionalText, {
    default: "",
    description: "the private key of that certificate in PEM",
  }),
  clientCaFile: variable("GRPC_TLS_CLIENT_CA_FILE", optionalText, {
    default: "",
    description:
      "the authority, in PEM, whose certificates callers must show; empty for callers without certificates",
  }),
  clientNames: variable("GRPC_TLS_CLIENT_NAMES", names, {
    default: "",
    description:
      "DNS names, separated by commas, of which a caller's certificate must have one; empty for all of the authority",
  }),
  pollMs,
};

/** A client's TLS, for all that a process calls; without an authority it speaks plain text. */
export const grpcClientTlsConfig = {
  caFile: variable("GRPC_CLIENT_TLS_CA_FILE", optionalText, {
    default: "",
    description: "the authority, in PEM, whose certificates servers must show; empty for plain text",
  }),
  certFile: variable("GRPC_CLIENT_TLS_CERT_FILE", optionalText, {
    default: "",
    description: "the certificate and chain, in PEM, that this process shows to servers; empty for none",
  }),
  keyFile: variable("GRPC_CLIENT_TLS_KEY_FILE", optionalText, {
    default: "",
    description: "the private key of that certificate in PEM",
  }),
  pollMs,
};

export type GrpcServerTls = ConfigOf<typeof grpcServerTlsConfig>;
export type GrpcClientTls = ConfigOf<typeof grpcClientTlsConfig>;
