export { fuzzedFormats, makeModelCase, type FuzzedFormat, type ModelCase } from "./make-case";
export { judgeModel, type ModelOutcome } from "./judge";
export { runModels, type ModelsDone } from "./run-models";
export { fuzzModels } from "./fuzz-models";
export { mutateBytes } from "./mutate-bytes";
