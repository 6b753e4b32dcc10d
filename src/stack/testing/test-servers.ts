import { startContainerServers, dockerAnswers } from "./container-servers";
import { startLocalServers } from "./local-servers";

/** Servers for a test run: the environment that tells tests where they are, and how to be rid of them. */
export type TestServers = { env: Record<string, string>; stop(): Promise<void> };

const names = [
  "TEST_POSTGRES_URL",
  "TEST_KAFKA_BROKERS",
  "TEST_S3_ENDPOINT",
  "TEST_S3_ACCESS_KEY_ID",
  "TEST_S3_SECRET_ACCESS_KEY",
];

/**
 * PostgreSQL, Kafka and S3 for tests. Servers named in the environment are used as they are; `TEST_SERVERS=none` starts
 * none; `STACK=docker` takes containers, `STACK=local` local processes; by itself it takes containers where a Docker
 * engine answers and has or gets the images, else local ones.
 */
export async function startTestServers(): Promise<TestServers> {
  const nothing = { env: {}, stop: async () => {} };
  if (process.env["TEST_SERVERS"] === "none" || names.every((name) => process.env[name])) return nothing;
  const wanted = process.env["STACK"];
  if (wanted === "docker") return startContainerServers();
  if (wanted !== "local" && (await dockerAnswers())) {
    try {
      return await startContainerServers();
    } catch (error) {
      console.warn(
        `Containers for the tests did not start (${(error as Error).message}): taking local servers.`,
      );
    }
  }
  return startLocalServers();
}
