export { type Exemplar, exemplarsOf } from "./exemplars";
export { jaeger } from "./jaeger";
export { gapsOf, movesOf, type OrderMove } from "./order-moves";
export type { Trace, TraceSource, TraceSpan } from "./span";
export { traceStore } from "./trace-store";
export { faultsOf, orphansOf, processesOf, rootsOf } from "./whole";
