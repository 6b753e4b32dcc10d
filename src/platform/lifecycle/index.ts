export { createHost, type HostControl } from "./create-host";
export type { Closable, LoopOptions, ServiceHost } from "./host";
export { runService } from "./run-service";
export { adminConfig } from "./settings";
