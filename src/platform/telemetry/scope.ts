import { context, createContextKey, trace, type Context, type Span } from "@opentelemetry/api";

/**
 * What travels with a piece of work: its deadline, its signal, who asked for it, and the fields of its log lines. It lives in
 * the OpenTelemetry context, so there is one AsyncLocalStorage for traces and scope together.
 */
export type Scope = {
  /** Epoch milliseconds; outgoing calls never wait longer. */
  deadlineAt?: number | undefined;
  /** Aborted when nobody waits for the result any more. */
  signal?: AbortSignal | undefined;
  credentials?: { authorization?: string | undefined; apiKey?: string | undefined } | undefined;
  /** Every later log line has these; `order_id` also goes to the spans, as `order.id`. */
  fields: Record<string, string>;
  /** The span that was current when the scope began, which was before its order was known. `withScope` sets it. */
  span?: Span | undefined;
  /** Gives up what the work holds while it only waits; see `whileIdle`. */
  idle?<T>(wait: () => Promise<T>): Promise<T>;
};

const scopeKey = createContextKey("alexandrite.scope");

/** The scope of the running work; undefined outside any. */
export function currentScope(): Scope | undefined {
  return scopeOf(context.active());
}

/** The scope that a context carries. */
export function scopeOf(of: Context): Scope | undefined {
  return of.getValue(scopeKey) as Scope | undefined;
}

/** A context that carries `scope`, for callers that must enter it more than once (callbacks, streams). */
export function withScope(scope: Scope, parent: Context = context.active()): Context {
  scope.span = trace.getSpan(parent) ?? scope.span;
  return parent.setValue(scopeKey, scope);
}

/** Runs `fn` in `scope`, which replaces an outer one whole. `parent` is the trace context, the active one by default. */
export function runInScope<T>(scope: Scope, fn: () => T, parent?: Context): T {
  return context.with(withScope(scope, parent), fn);
}

/**
 * Adds fields to the running scope: to every later log line, and `order_id` as `order.id` to the scope's first span, the
 * current one and every later one. Without a scope only the current span gets it. Undefined values are left out.
 */
export function annotate(fields: Readonly<Record<string, string | undefined>>): void {
  const scope = currentScope();
  if (scope) {
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) scope.fields[name] = value;
  }
  if (fields["order_id"] === undefined) return;
  const current = trace.getActiveSpan();
  const first = scope?.span;
  current?.setAttribute("order.id", fields["order_id"]);
  if (first !== current) first?.setAttribute("order.id", fields["order_id"]);
}

/**
 * Waits for something that happens elsewhere (an event, another instance) without keeping others from being served: a gRPC call gives back its place among the calls that
 * run at a time until `wait` ends, and then has it again at once. Outside a call it is `wait()` alone.
 */
export function whileIdle<T>(wait: () => Promise<T>): Promise<T> {
  const scope = currentScope();
  return scope?.idle ? scope.idle(wait) : wait();
}

/** Milliseconds until the running scope's deadline, at least 0; undefined without one. */
export function remainingMs(): number | undefined {
  const deadlineAt = currentScope()?.deadlineAt;
  return deadlineAt === undefined ? undefined : Math.max(0, deadlineAt - Date.now());
}
