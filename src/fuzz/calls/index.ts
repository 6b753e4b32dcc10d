export { fuzzCalls } from "./fuzz-calls";
export { fuzzedMethods, type FuzzedMethod } from "./methods";
export { openRawClient, sendCall } from "./send-call";
