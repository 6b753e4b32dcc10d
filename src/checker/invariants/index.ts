import { deadLettersAccounted } from "./dead-letters-accounted";
import { eventsOnTopic } from "./events-on-topic";
import { expectedVersion } from "./expected-version";
import { idempotent } from "./idempotent";
import type { Invariant } from "./invariant";
import { jobsEnd } from "./jobs-end";
import { leaseExclusion } from "./lease-exclusion";
import { legalPath } from "./legal-path";
import { noFork } from "./no-fork";
import { noGhostOrder } from "./no-ghost-order";
import { noLostNote } from "./no-lost-note";
import { noLostOrder } from "./no-lost-order";
import { noOrphanObject } from "./no-orphan-object";
import { noVersionRegression } from "./no-version-regression";
import { oneHolder } from "./one-holder";
import { onePricePerJob } from "./one-price-per-job";
import { paginationComplete } from "./pagination-complete";
import { paymentsBalance } from "./payments-balance";
import { priceRecomputed } from "./price-recomputed";
import { servicesAgree } from "./services-agree";
import { staleResultsRefused } from "./stale-results-refused";
import { tenantsApart } from "./tenants-apart";
import { versionsDense } from "./versions-dense";
import { watchComplete } from "./watch-complete";

/** All of them, the gravest first. */
export const invariants: readonly Invariant[] = [
  noLostOrder,
  noGhostOrder,
  idempotent,
  expectedVersion,
  legalPath,
  versionsDense,
  noFork,
  oneHolder,
  servicesAgree,
  eventsOnTopic,
  paymentsBalance,
  onePricePerJob,
  priceRecomputed,
  noVersionRegression,
  watchComplete,
  deadLettersAccounted,
  jobsEnd,
  leaseExclusion,
  staleResultsRefused,
  noOrphanObject,
  paginationComplete,
  tenantsApart,
  noLostNote,
];

export type { Breach, Invariant, Need } from "./invariant";
export { createSeen, type Seen } from "./seen";
