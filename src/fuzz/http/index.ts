export { fuzzHttp } from "./fuzz-http";
export { oddJson } from "./odd-json";
