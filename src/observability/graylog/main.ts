import { graylogApi, provisionGraylog, readDesiredState, waitForGraylog } from ".";

/**
 * `node observability/graylog/main.js [folder]`: sets Graylog up as the files of the folder (`graylog`) say, and ends. `GRAYLOG_URL` (http://127.0.0.1:7555),
 * `GRAYLOG_USER` (admin), `GRAYLOG_PASSWORD` (admin), `GRAYLOG_WAIT_SECONDS` (300: how long Graylog may take to start).
 */
async function main(): Promise<void> {
  const { env } = process;
  const url = env["GRAYLOG_URL"] ?? "http://127.0.0.1:7555";
  const api = graylogApi({
    url,
    user: env["GRAYLOG_USER"] ?? "admin",
    password: env["GRAYLOG_PASSWORD"] ?? "admin",
  });
  const desired = readDesiredState(process.argv[2] ?? "graylog");
  await waitForGraylog(api, Number(env["GRAYLOG_WAIT_SECONDS"] ?? 300) * 1_000);
  const changes = await provisionGraylog(api, desired);
  for (const { what, did } of changes.filter((change) => change.did !== "kept"))
    say({ what, did }, `${did}: ${what}`);
  const changed = changes.filter(({ did }) => did !== "kept").length;
  say({ url, changed, kept: changes.length - changed }, "Graylog is set up");
}

function say(fields: object, msg: string, level = "info"): void {
  process.stdout.write(
    `${JSON.stringify({ level, time: new Date().toISOString(), service: "graylog-setup", ...fields, msg })}\n`,
  );
}

main().catch((error: unknown) => {
  say({}, `Graylog is not set up: ${(error as Error).message}`, "error");
  process.exitCode = 1;
});
