export type { ObservedProcess } from "./observed-process";
export { openProcesses, type ProcessesOptions } from "./processes";
export {
  processCodes,
  type ProcessCode,
  type ProcessEnd,
  type Processes,
  type ProcessLimits,
  type ProcessOptions,
  type Program,
  type RunOptions,
} from "./types";
