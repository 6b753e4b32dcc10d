export { fuzzTokens } from "./fuzz-tokens";
