import type { Settings } from "../../stack/settings";
import type { Undo } from "../../tools/drills/undo";
import type { LinkBoard } from "../links";
import type { Recent } from "../load";
import type { Fault, FaultKind } from "../schedule";

/** Where faults are made. */
export type Site = {
  settings: Settings;
  links: LinkBoard;
  recent: Recent;
  /** What came of a fault, for the log of faults. */
  say(line: string): void;
  /** What is to be done when everything runs again, before the system is held to be healed. */
  afterwards: Undo;
};

/** Makes a fault; what ends it is added to `undo` before it begins. Throws when it could not be made. */
export type Act = (site: Site, fault: Fault, undo: Undo) => Promise<void>;

export type Acts = Readonly<Record<FaultKind, Act>>;
