/** Where a real server for tests is; set by jest's global set-up (`src/stack/testing`). */
export function testServer(
  variable:
    | "TEST_POSTGRES_URL"
    | "TEST_KAFKA_BROKERS"
    | "TEST_S3_ENDPOINT"
    | "TEST_S3_ACCESS_KEY_ID"
    | "TEST_S3_SECRET_ACCESS_KEY",
): string {
  const value = process.env[variable];
  if (!value)
    throw new Error(
      `${variable} is not set: run the tests with jest, whose global set-up starts the servers.`,
    );
  return value;
}
