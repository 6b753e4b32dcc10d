export { startCommitCutter, type CommitCutter } from "./commit-cutter";
export { openLinks, type LinkBoard } from "./links";
