export { createTestHost, type LogLine, type TestHost } from "./host";
export { compilePlatform, runFixture, type Compiled, type FixtureRun } from "./run-fixture";
export { testDatabase, type TestDatabase } from "./database";
export { committedSchema, dumpSchema } from "./schema";
export { testKafka, type TestKafka } from "./kafka";
export { applyItem, decodeItem, itemCopy, TestItems, testItemsDatabase, until } from "./items";
export { testS3, type TestS3 } from "./s3";
