import type { Seen } from "./seen";

/** A case in which something does not hold. */
export type Breach = {
  /** An order, job, payment or object, by its id. */
  about: string;
  /** Where it shows: a service, the topic, a client and its call. */
  where: string;
  found: string;
  expected: string;
};

/** The parts of the evidence that a check reads. */
export type Need = "services" | "topic" | "pricing" | "payments" | "objects" | "notes" | "history";

/** Something that always holds once nothing moves. */
export type Invariant = {
  readonly name: string;
  /** In one sentence. */
  readonly promises: string;
  /** Without these it is not checked. */
  readonly needs: readonly Need[];
  check(seen: Seen): Breach[];
};
