import type { ServiceName } from "../names";

/** An order as an answer showed it. `owner` where the answer tells it. */
export type Sighting = {
  orderId: string;
  version: number;
  /** In short, as databases write it: `PAID`. */
  status: string;
  owner?: { kind: string; id: string };
};

/**
 * `ok`: an answer came. `refused`: the service said no and says by that that it did nothing. `unknown`: nobody can tell: a time limit, a broken connection, a fault inside. What is unknown
 * may have happened, may happen later, and may never happen.
 */
export type Outcome = "ok" | "refused" | "unknown";

/** What a worker did with a job of pricing. */
export type JobStep = {
  jobId: string;
  /** As a decimal: it is 64 bits wide. */
  fence: string;
  workerId: string;
  /** How long the lease runs that was given or renewed, in milliseconds. */
  leaseMs?: number;
  report?: "progress" | "done" | "failed" | "returned";
  /** Whether MES took the report. */
  held?: boolean;
};

/** What one client did, from its first byte to its answer, with all tries that are below it. */
export type Call = {
  kind: "create" | "move" | "note" | "read" | "list" | "watch" | "claim" | "report";
  /** What it is called at its door: `pay`, `listQueue`. */
  name: string;
  /** Whose database answers; left out where that depends on the order. */
  store?: ServiceName;
  orderId?: string;
  /** The version that a mutation starts from. */
  expectedVersion?: number;
  /** Names a mutation: a repeat has the same one. For a note the note's id. */
  commandId?: string;
  /** From which version on a stream was wanted. */
  afterVersion?: number;
  /** What a walk through a list asked for: short statuses (empty: all) and an owner. */
  filter?: { statuses: readonly string[]; ownerId?: string };
  job?: JobStep;
};

export type Operation = Call & {
  /** One at a time per client. */
  client: string;
  caller: Caller;
  /** Epoch milliseconds by the machine's clock, as far as it does not go back. Parts of a millisecond say what one process saw first, and nothing else. */
  startedAt: number;
  endedAt: number;
  outcome: Outcome;
  /** Why it was refused or is unknown. */
  reason?: string;
  /** What the answer held: an order, the orders of all pages of a list, the messages of a stream. */
  seen: readonly Sighting[];
};

/** In whose name a call is made: `customer` or `partner` for a tenant, `seller`, `operator`, `service` for staff. */
export type Caller = { role: string; id: string };

export type History = { readonly operations: readonly Operation[] };
