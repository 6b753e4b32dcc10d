import { currentScope } from "../telemetry";
import type { PlainMetadata } from "./types";

/** What a client's calls show of their sender; asked for at every call. */
export type ClientCredentials = () => PlainMetadata;

/** The credentials of whoever this process is working for just now: a gateway's calls go out in its caller's name. */
export function forwardCaller(): ClientCredentials {
  return () => {
    const { authorization, apiKey } = currentScope()?.credentials ?? {};
    return {
      ...(authorization !== undefined && { authorization }),
      ...(apiKey !== undefined && { "x-api-key": apiKey }),
    };
  };
}

/** This process's own key: it calls as a service. */
export function serviceKey(key: string): ClientCredentials {
  return () => ({ "x-service-key": key });
}

/** Nothing; calls bring credentials in their own metadata, or none. */
export function withoutCredentials(): ClientCredentials {
  return () => ({});
}
