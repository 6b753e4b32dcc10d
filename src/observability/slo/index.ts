export { type Objective, objectives, windowDays } from "./objectives";
export { renderSloAlerts, renderSloRules } from "./render-slo";
