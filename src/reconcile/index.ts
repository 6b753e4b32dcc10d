export { type Disagreements, openDisagreements } from "./disagreements";
export { compareEvents, type LostEvent, publishAgain, stillLost, unpublishedEvents } from "./events";
export { type DisagreementKind, disagreementKinds } from "./kinds";
export { reconcileMigration } from "./migration";
export { reconciliationCheckedTotal } from "./metrics";
export { startEventReconciler } from "./reconcile-events";
export { startReconciler } from "./start";
export { nextWindow, settleMs, type Window } from "./window";
