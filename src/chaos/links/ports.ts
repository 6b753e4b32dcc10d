import { createServer } from "node:net";

/** How many ports a system's links may take. */
const most = 138;

/**
 * Ports for links, one after the other, that nobody listens on: between those of systems of tests and those that Linux gives to outgoing connections, which would be in
 * the way of a link that is led elsewhere. A process's own beginning keeps two systems apart.
 */
export function linkPorts(): () => Promise<number> {
  const first = 30_000 + (process.pid % 20) * most;
  let next = first;
  return async () => {
    for (; next < first + most; next++) if (await isFree(next)) return next++;
    throw new Error(`There are no ${most} free ports from ${first} on.`);
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
