export { createHost, type HostControl } from "./create-host";
export type { AdminRoute, Closable, LoopOptions, ReadinessReport, ServiceHost } from "./host";
export { runService, runTask } from "./run-service";
export { adminConfig } from "./settings";
