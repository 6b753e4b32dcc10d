import { context } from "../telemetry";
import type { Redactor } from "./redact";
import type { ServerCall } from "./server-call";

/** Sees each request message of a method, before its rules are checked. */
export type RequestWitness = (call: ServerCall, message: unknown) => void;

/**
 * Writes requests to the log at `debug`, redacted, as one text: a field of its own for each field of each message would be more than a log index holds. Only
 * for `logPayloads`; nothing is made while the level is higher.
 */
export function logRequests(redact: Redactor): RequestWitness {
  return (call, message) => {
    const { log } = call.sink.host;
    if (!log.isLevelEnabled("debug")) return;
    const { name } = call.method;
    const line = { rpc_method: name, request: JSON.stringify(redact(message)) };
    context.with(call.context, () => log.debug(line, `${name} request`));
  };
}
