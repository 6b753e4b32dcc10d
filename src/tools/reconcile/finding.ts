import type { DisagreementKind } from "../../reconcile";

/** Something that disagrees. */
export type Finding = {
  kind: DisagreementKind;
  /** What it is about, as its subject names it: an order, an event, a model. */
  id: string;
  /** Which side has what. */
  sides: string;
  /** For how long, in milliseconds. */
  ageMs: number;
  /** How it is mended from what is stored. */
  repair?: Repair;
  /** What people do about it, where a machine may do nothing. */
  advice?: string;
};

export type Repair = {
  /** Says what was done. */
  run(): Promise<string>;
  /** Whether it disagrees as before. */
  stands(): Promise<boolean>;
};

/** What a comparison came to. */
export type Compared = {
  /** How much was compared, in words. */
  scope: string;
  findings: Finding[];
};

export type Bounds = {
  /** What is younger may be under way, in milliseconds. */
  boundMs: number;
  /** An object of the store that is younger may wait for its row, in milliseconds. */
  graceMs: number;
  /** What has not changed since (epoch milliseconds) is left out, except orders, which are always compared whole. */
  sinceMs: number;
};
