import { eventScenarios } from "./events";
import { moneyScenarios } from "./money";
import { moveScenarios } from "./moves";
import { pricingScenarios } from "./pricing";
import { readScenarios } from "./reads";
import type { Scenario } from "./scenario";

/** One for each planted bug. */
export const scenarios: readonly Scenario[] = [
  ...eventScenarios,
  ...moveScenarios,
  ...pricingScenarios,
  ...moneyScenarios,
  ...readScenarios,
];

export { runScenario, type Outcome } from "./run-scenario";
export type { Scenario } from "./scenario";
