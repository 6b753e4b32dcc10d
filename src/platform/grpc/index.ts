export { accessRulesOf, type MethodAccess } from "./access-rules";
export { createAuthenticator, type AuthenticatorOptions } from "./authenticator";
export { openClient, type ClientOptions } from "./client";
export { codeName, codeNames } from "./codes";
export { forwardCaller, serviceKey, withoutCredentials, type ClientCredentials } from "./credentials";
export type { OpenAccess, RuledAccess } from "./contracts";
export type { RpcMethod, RpcService } from "./definition";
export type { HedgingPolicy, MethodPolicy, RetryPolicy, RetryThrottling } from "./hedging";
export { attemptMetrics, channelRebuiltTotal, clientMetrics, serverMetrics } from "./metrics";
export { MessageQueue } from "./message-queue";
export { fromProtoLoader, loadService, type MethodShape, type ShapedService } from "./proto-loader";
export { redactorOf, type Loggable, type Redactor } from "./redact";
export { createServer, type GrpcServer, type GrpcServerOptions } from "./server";
export type { CallSignals } from "./signals";
export { grpcServerConfig, type GrpcServerConfig } from "./settings";
export { grpcClientTlsConfig, type GrpcClientTls, type GrpcServerTls } from "./tls-settings";
export type {
  Authenticator,
  CallContext,
  CallCredentials,
  CallOptions,
  Client,
  Handler,
  Handlers,
  PlainMetadata,
  Principal,
} from "./types";
