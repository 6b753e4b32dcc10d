import type { Settings } from "../../stack/settings";
import type { People } from "./people";
import type { Undo } from "./undo";

/** The system that a drill plays in. */
export type Site = {
  settings: Settings;
  /** Signed in when the drill began. */
  people: People;
  say: (line: string) => void;
};

/** Does something to the system. How it is put right again is added to `undo` before it is done, so that it is put right whatever comes. */
export type Act = (site: Site, undo: Undo) => Promise<void>;

/** What runs in the background. `browse`: reads of all roles; `orders`: also orders from a model to DELIVERED. */
export type LoadKind = "none" | "browse" | "orders";

export type Drill = {
  name: string;
  /** What is done to the system, in a sentence. */
  does: string;
  /** The alert that has to come, and the service that its message has to name. */
  alert: string;
  service: string;
  /** Further words of the message. */
  says?: RegExp;
  /** No other alert may be announced: what follows from the fault is muted. */
  alone?: boolean;
  load?: LoadKind;
  /** Scaffolding, such as a service started again with other settings. It stands before the fault and is taken down when the alert has resolved. */
  prepare?: Act;
  inject: Act;
  /** The log in which the fault explains itself, and how its line is known. */
  explained: { log: string; by: RegExp };
  /** How long the alert may take to arrive, and after the end of the fault to resolve, in seconds; 90 and 120 by default. */
  detectWithinS?: number;
  resolveWithinS?: number;
};

export type DrillResult = {
  name: string;
  alert: string;
  passed: boolean;
  /** Seconds from the fault to the message; absent when none came. */
  detect_s?: number;
  /** Seconds from the end of the fault to the message that it is over. */
  resolve_s?: number;
  why?: string;
};
