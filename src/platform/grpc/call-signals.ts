import { AppError, categories, categoryOfGrpcStatus } from "../errors";
import { context, type Outcome, recordError, type Span } from "../telemetry";
import { isServerFault } from "./codes";
import type { ServerCall } from "./server-call";

/** Gives a call's outcome to its span. A span that is not ours is not ended. */
export function markSpan(
  span: Span,
  { principal }: ServerCall,
  code: number,
  outcome: Outcome,
  isOurs: boolean,
): void {
  if (span.isRecording()) {
    span.setAttribute("rpc.grpc.status_code", code);
    if (principal && principal.role !== "anonymous") {
      span.setAttribute("enduser.id", principal.id);
      span.setAttribute("enduser.role", principal.role);
    }
    if (isServerFault(code)) recordError(span, outcome.error);
    else if (code !== 0) span.setAttribute("error.type", reasonOf(outcome));
  }
  if (isOurs) span.end();
}

/** Writes a call's one line. */
export function logCall(call: ServerCall, code: number, outcome: Outcome): void {
  const { method, sink, principal, deadlineAt } = call;
  const { log } = sink.host;
  const level = method.quiet
    ? "debug"
    : code === 0
      ? "info"
      : categories[categoryOfGrpcStatus(code)].logLevel;
  if (!log.isLevelEnabled(level)) return;
  const line: Record<string, unknown> = {
    rpc_method: method.name,
    rpc_code: outcome.code,
    ms: Math.round(outcome.seconds * 1e6) / 1e3,
    peer: call.peer,
    messages_in: outcome.messagesIn,
    messages_out: outcome.messagesOut,
    bytes_in: outcome.bytesIn,
    bytes_out: outcome.bytesOut,
  };
  if (principal) {
    line["user_role"] = principal.role;
    line["user_id"] = principal.id;
  }
  if (deadlineAt !== Number.POSITIVE_INFINITY) line["deadline_left_ms"] = Math.round(deadlineAt - Date.now());
  if (outcome.error !== undefined) addFailure(line, outcome.error, code);
  // The call's own context gives the line its trace and the fields that the handler added.
  context.with(call.context, () => log[level](line, `${method.name} ${outcome.code}`));
}

function reasonOf({ code, error }: Outcome): string {
  return error instanceof AppError ? error.reason : code;
}

/** A refusal needs its reason, a fault its whole chain. */
function addFailure(line: Record<string, unknown>, error: unknown, code: number): void {
  if (isServerFault(code) || !(error instanceof AppError)) {
    line["err"] = error;
    return;
  }
  line["reason"] = error.reason;
  line["fault"] = error.message;
}
