import { connect } from "node:net";
import { Client } from "pg";

const reachable = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(Boolean(socket.destroy())));
    socket.once("error", () => resolve(false));
  });

test("a test finds PostgreSQL 18, Kafka and S3 in its environment", async () => {
  const client = new Client({ connectionString: process.env["TEST_POSTGRES_URL"] });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>("show server_version");
  await client.end();
  expect(rows[0]?.server_version).toMatch(/^18\./);

  const [host = "", port = ""] = (process.env["TEST_KAFKA_BROKERS"] ?? "").split(":");
  expect(await reachable(host, Number(port))).toBe(true);

  const response = await fetch(`${process.env["TEST_S3_ENDPOINT"]}/models`);
  expect(response.status).toBe(403);
});
