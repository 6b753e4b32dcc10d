export { type OtherTarget, type Profile, prometheusConfig, type Runtime, scrapeTargets } from "./config";
export { readRules, type RuleOfFile } from "./alerts";
export { writeRuleFiles } from "./rule-files";
