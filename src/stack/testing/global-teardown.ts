import type { TestServers } from "./test-servers";

/** jest's globalTeardown: stops what globalSetup started. */
async function teardown(): Promise<void> {
  await (globalThis as { alexandriteTestServers?: TestServers }).alexandriteTestServers?.stop();
}

export = teardown;
