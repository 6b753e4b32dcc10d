import type { Logger } from "../telemetry";
import { type AccessRule, mustBeAllowed } from "./access";
import type { Callers } from "./callers";
import type { ServerCall } from "./server-call";
import type { Authenticator, CallContext, CallCredentials, PlainMetadata, Principal } from "./types";

/** Who calls a method that is for everybody. */
const anybody: Principal = { role: "anonymous", id: "", name: "anonymous" };

/** For servers that do not ask who calls. */
export const unknownCaller: Authenticator = async () => anybody;

/**
 * Finds out who calls, whether they may and whether they call too often, and makes what the handler is given. Throws or rejects with UNAUTHENTICATED,
 * PERMISSION_DENIED or RESOURCE_EXHAUSTED.
 */
export function admit(
  call: ServerCall,
  method: { name: string; rule: AccessRule },
  authenticate: Authenticator,
  callers: Callers,
): CallContext | Promise<CallContext> {
  // A method for everybody must work for callers whose token has lapsed, signing in above all; and nobody is waited for.
  if (method.rule.anonymous) {
    call.principal = anybody;
    return new HandlerCall(call, anybody);
  }
  const credentials = credentialsOf(call);
  return authenticate(credentials).then((principal) => {
    call.principal = principal;
    callers.admit(credentials, principal);
    mustBeAllowed(method.rule, principal, method.name);
    return new HandlerCall(call, principal);
  });
}

/** What a handler sees of its call; what few handlers ask for is made when they do. */
class HandlerCall implements CallContext {
  readonly principal: Principal;
  readonly deadlineAt: number;
  readonly #call: ServerCall;
  #metadata: PlainMetadata | undefined;

  constructor(call: ServerCall, principal: Principal) {
    this.#call = call;
    this.principal = principal;
    this.deadlineAt = call.deadlineAt;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
  get metadata(): PlainMetadata {
    return (this.#metadata ??= plainMetadata(this.#call));
  }
  get log(): Logger {
    return this.#call.sink.host.log;
  }
  get peer(): string {
    return this.#call.peer;
  }
  get method(): string {
    return this.#call.method.name;
  }
}

function credentialsOf(call: ServerCall): CallCredentials {
  const authorization = call.header("authorization");
  const apiKey = call.header("x-api-key");
  const serviceKey = call.header("x-service-key");
  return {
    ...(authorization !== undefined && { authorization }),
    ...(apiKey !== undefined && { apiKey }),
    ...(serviceKey !== undefined && { serviceKey }),
  };
}

function plainMetadata({ metadata }: ServerCall): PlainMetadata {
  const plain: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata.getMap()))
    if (typeof value === "string") plain[key] = value;
  return plain;
}
