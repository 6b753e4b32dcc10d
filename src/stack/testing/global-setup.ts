import { startTestServers } from "./test-servers";

/** jest's globalSetup: starts the test servers once per run and names them in the environment of the workers. */
async function setup(): Promise<void> {
  const servers = await startTestServers();
  Object.assign(process.env, servers.env);
  (globalThis as { alexandriteTestServers?: typeof servers }).alexandriteTestServers = servers;
}

// jest takes the module itself for the function.
export = setup;
