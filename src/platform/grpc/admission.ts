import type { Metadata } from "@grpc/grpc-js";
import type { Logger } from "../telemetry";
import { type AccessRule, mustBeAllowed } from "./access";
import type { ServerCall } from "./server-call";
import type { Authenticator, CallContext, CallCredentials, PlainMetadata } from "./types";

/** Finds out who calls, whether they may, and makes what the handler is given. Throws UNAUTHENTICATED or PERMISSION_DENIED. */
export async function admit(
  call: ServerCall,
  method: { name: string; rule: AccessRule },
  { authenticate, log }: { authenticate: Authenticator; log: Logger },
): Promise<CallContext> {
  const metadata = plainMetadata(call.metadata);
  // A method for everybody must work for callers whose token has lapsed, signing in above all.
  call.principal = method.rule.anonymous
    ? { role: "anonymous", id: "", name: "anonymous" }
    : await authenticate(credentialsOf(metadata));
  mustBeAllowed(method.rule, call.principal, method.name);
  return {
    principal: call.principal,
    signal: call.abort.signal,
    deadlineAt: call.deadlineAt,
    metadata,
    log,
    peer: call.observers.peer,
    method: method.name,
  };
}

function credentialsOf(metadata: PlainMetadata): CallCredentials {
  const { authorization, "x-api-key": apiKey, "x-service-key": serviceKey } = metadata;
  return {
    ...(authorization !== undefined && { authorization }),
    ...(apiKey !== undefined && { apiKey }),
    ...(serviceKey !== undefined && { serviceKey }),
  };
}

function plainMetadata(metadata: Metadata): PlainMetadata {
  const plain: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata.getMap()))
    if (typeof value === "string") plain[key] = value;
  return plain;
}
