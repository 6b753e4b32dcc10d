export { fuzzFloods } from "./fuzz-floods";
