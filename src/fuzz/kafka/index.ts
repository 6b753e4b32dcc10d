export { fuzzKafka } from "./fuzz-kafka";
