import { AppError } from "../errors";
import { currentScope } from "../telemetry";
import type { PlainMetadata } from "./types";

/** What a client's calls show of their sender; asked for at every call. */
export type ClientCredentials = () => PlainMetadata;

/** What metadata may hold, and room for it beside the rest; HTTP's headers may hold more. */
const sendable = /^[ -~]{0,4096}$/;

/**
 * The credentials of whoever this process is working for just now: a gateway's calls go out in its caller's name. Throws UNAUTHENTICATED, BAD_TOKEN or UNKNOWN_API_KEY, for some that
 * cannot be sent: nobody was given such.
 */
export function forwardCaller(): ClientCredentials {
  return () => {
    const { authorization, apiKey } = currentScope()?.credentials ?? {};
    if (!sendable.test(authorization ?? "")) throw unsendable("BAD_TOKEN", "The token");
    if (!sendable.test(apiKey ?? "")) throw unsendable("UNKNOWN_API_KEY", "The API key");
    return {
      ...(authorization !== undefined && { authorization }),
      ...(apiKey !== undefined && { "x-api-key": apiKey }),
    };
  };
}

function unsendable(reason: string, what: string): AppError {
  const message = `${what} is longer than anybody's, or has characters that nobody's has`;
  return new AppError({ category: "unauthenticated", reason, message });
}

/** This process's own key: it calls as a service. */
export function serviceKey(key: string): ClientCredentials {
  return () => ({ "x-service-key": key });
}

/** Nothing; calls bring credentials in their own metadata, or none. */
export function withoutCredentials(): ClientCredentials {
  return () => ({});
}
