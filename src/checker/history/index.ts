export type { Call, Caller, History, JobStep, Operation, Outcome, Sighting } from "./operation";
export { outcomeOf } from "./outcome";
export { readHistory } from "./read-history";
export { openRecorder, type ClientRecorder, type Recorder } from "./recorder";
