import { startTestServers } from "./test-servers";

/**
 * `node dist/stack/testing/keep.js`: starts test servers, prints the lines that make a shell use them, and keeps them
 * until SIGINT or SIGTERM.
 */
async function keep(): Promise<void> {
  const servers = await startTestServers();
  for (const [name, value] of Object.entries(servers.env)) console.log(`export ${name}=${value}`);
  if (Object.keys(servers.env).length === 0)
    return console.log("# The environment already names test servers.");
  const alive = setInterval(() => {}, 60_000);
  const stop = async (): Promise<void> => {
    clearInterval(alive);
    await servers.stop();
  };
  process.once("SIGINT", () => void stop());
  process.once("SIGTERM", () => void stop());
}

keep().catch((error: unknown) => {
  console.error((error as Error).message);
  process.exitCode = 1;
});
