export { checkAll, type Checked } from "./check-all";
export { readEvidence, type CheckSources, type Evidence } from "./evidence";
export {
  openRecorder,
  outcomeOf,
  readHistory,
  type Call,
  type Caller,
  type ClientRecorder,
  type History,
  type JobStep,
  type Operation,
  type Outcome,
  type Recorder,
  type Sighting,
} from "./history";
export { invariants, type Breach, type Invariant } from "./invariants";
export { type PerService, type ServiceName, serviceNames } from "./names";
export { openSystemSources } from "./open-sources";
export { pendingWork, type Quiescence, type QuiescenceOptions, waitForQuiescence } from "./quiescence";
export { renderReport, summarise } from "./report";
