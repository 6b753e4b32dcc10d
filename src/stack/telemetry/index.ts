export { telegramOf, writeContainerConfig } from "./configs";
export { installTelemetry } from "./install";
export { startTelemetry } from "./start";
export { containerWatchers, watchers, type Watcher } from "./watchers";
