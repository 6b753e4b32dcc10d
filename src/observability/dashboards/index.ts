export { dashboards, expressionsOf, type PanelExpression } from "./all";
export { buildDashboard } from "./build";
export { problemsOfDashboards } from "./check";
export { dashboardsDocument } from "./document";
export { evaluateExpressions, substitute, type Evaluation, type Substitutes } from "./evaluate";
export { alertsWithoutDashboard } from "./links";
export type { Dashboard, Panel, Row } from "./panels";
