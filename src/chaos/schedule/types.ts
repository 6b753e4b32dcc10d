import type { FaultKind } from "./kinds";

/** One thing that goes wrong. Plain data: what comes of it is decided by the system alone. */
export type Fault = {
  kind: FaultKind;
  /** A process, a link, or a way of doing it. */
  target: string;
  /** From the beginning of its cycle, in milliseconds. */
  atMs: number;
  /** How long it is meant to last, in milliseconds. */
  forMs: number;
  /** From 0 to 1: which instance, which direction, how much. */
  dose: number;
};

export type Cycle = {
  /** From 1. */
  number: number;
  /** In the order in which they begin. */
  faults: readonly Fault[];
};
