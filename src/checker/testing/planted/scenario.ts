import type { PlantedBug } from "../../../platform/config";
import type { Stage, StageOptions } from "./stage";

/** What shows a planted bug, and what must break then. The same runs without the bug, and nothing may break. */
export type Scenario = {
  bug: PlantedBug;
  /** The invariant that has to find it. */
  foundBy: string;
  /** Faults that are there with the bug and without it: the system has to live with them. */
  faults?: readonly PlantedBug[];
  /** With the bug it never comes to rest; not waited for any longer than this then, in milliseconds. Default 4,000. */
  patienceMs?: number;
  stage(): Promise<Stage>;
  run(stage: Stage): Promise<void>;
};

export type { Stage, StageOptions };
