export { calls, type FaultKind, faultKinds, linkNames, type ServiceName, services } from "./kinds";
export { createSchedule, faultsPerCycle } from "./schedule";
export type { Cycle, Fault } from "./types";
