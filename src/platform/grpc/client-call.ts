import { AppError, categories } from "../errors";
import {
  type Context,
  context,
  currentTraceId,
  type Logger,
  type Outcome,
  recordError,
  type Span,
  SpanKind,
  startSpan,
} from "../telemetry";
import { codeName } from "./codes";
import type { MethodLabels, MethodSlots } from "./method-slots";

/** One outgoing call, settled once into metric, span and log, whoever ends it. */
export class ClientCall {
  readonly context: Context;
  messagesIn = 0;
  messagesOut = 0;
  bytesIn = 0;
  bytesOut = 0;
  readonly #slots: MethodSlots;
  readonly #labels: MethodLabels;
  readonly #log: Logger;
  readonly #span: Span;
  readonly #startedAt = performance.now();
  #settled = false;

  constructor(slots: MethodSlots, labels: MethodLabels, address: string, log: Logger) {
    this.#slots = slots;
    this.#labels = labels;
    this.#log = log;
    const started = startSpan(`${labels.grpc_service}/${labels.grpc_method}`, {
      kind: SpanKind.CLIENT,
      attributes: {
        "rpc.system": "grpc",
        "rpc.system.name": "grpc",
        "rpc.service": labels.grpc_service,
        "rpc.method": labels.grpc_method,
        "server.address": address,
      },
    });
    this.#span = started.span;
    this.context = started.context;
    slots.begin();
  }

  /** Ends the record; without an error the call went well. Later words are not heard. */
  settle(error?: AppError): void {
    if (this.#settled) return;
    this.#settled = true;
    const code = error === undefined ? 0 : categories[error.category].grpcStatus;
    const outcome: Outcome = {
      code: codeName(code),
      error,
      seconds: (performance.now() - this.#startedAt) / 1000,
      messagesIn: this.messagesIn,
      messagesOut: this.messagesOut,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
    };
    this.#slots.end(code, outcome, currentTraceId(this.context));
    this.#span.setAttribute("rpc.grpc.status_code", code);
    if (error) recordError(this.#span, error);
    this.#span.end();
    this.#write(outcome);
  }

  /** The server logs every call; here a line is only worth while when it tells of a failure. */
  #write({ code, error, seconds }: Outcome): void {
    const level = error instanceof AppError && categories[error.category].retryable ? "warn" : "debug";
    if (!this.#log.isLevelEnabled(level)) return;
    const method = `${this.#labels.grpc_service}/${this.#labels.grpc_method}`;
    const line = {
      rpc_method: method,
      rpc_code: code,
      rpc_side: "client",
      ms: Math.round(seconds * 1e6) / 1e3,
      ...(error instanceof AppError && { reason: error.reason, fault: error.message }),
    };
    context.with(this.context, () => this.#log[level](line, `call of ${method} ${code}`));
  }
}
