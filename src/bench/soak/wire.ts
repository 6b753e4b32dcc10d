import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A wire between a client and a server that can be cut. Whoever opens it closes it. */
export type Wire = { port: number; cut(): void; close(): Promise<void> };

export async function openWire(toPort: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const wire = createServer((near) => {
    const far = connect(toPort, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    }
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => wire.listen(0, "127.0.0.1", resolve));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: (wire.address() as AddressInfo).port,
    cut,
    close: () =>
      new Promise((resolve) => {
        wire.close(() => resolve());
        cut();
      }),
  };
}
