export { createTestHost, type LogLine, type TestHost } from "./host";
