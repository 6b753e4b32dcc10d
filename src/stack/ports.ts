import { createServer } from "node:net";
import { PlainError } from "./plain-error";
import { listenerOf } from "./proc";

/** Free TCP ports of 127.0.0.1, all different; somebody else may take them before they are used. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Throws one sentence when a port that `name` needs is taken. */
export async function needPort(port: number, name: string): Promise<void> {
  try {
    const server = await listen(port);
    await new Promise((resolve) => server.close(resolve));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    const holder = listenerOf(port);
    const who = holder ? `${holder.name} (pid ${holder.pid})` : "a process that may not be looked at";
    throw new PlainError(
      `Port ${port}, which ${name} needs, is taken by ${who}: stop it, or shift all ports with PORT_OFFSET=1000.`,
    );
  }
}

function listen(port: number): Promise<ReturnType<typeof createServer>> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server));
  });
}
