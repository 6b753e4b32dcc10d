/** What a server tells of its calls beside the metrics, which are always counted. */
export type CallSignals = {
  /**
   * Spans. `own`, the default: made by this library from the call's one outcome. `instrumentation`: those of `@opentelemetry/instrumentation-grpc`, which has to
   * be registered before this library is loaded; they get the outcome's attributes while they are open, but their own status, which is wrong for most
   * unhappy ends (docs/decisions/0006). `off`: none, and no trace ids on log lines.
   */
  traces?: "own" | "instrumentation" | "off";
  /** One line per finished call; default true. */
  logs?: boolean;
  /**
   * Whether a handler runs in its call's scope, so that whatever it calls finds the trace, the deadline, the signal and the log fields by itself; default true. On Node 20
   * AsyncLocalStorage costs a tenth to a third of a small call; a server whose handlers call nobody can do without.
   */
  ambient?: boolean;
};

export function settleSignals({
  traces = "own",
  logs = true,
  ambient = true,
}: CallSignals): Required<CallSignals> {
  return { traces, logs, ambient };
}
