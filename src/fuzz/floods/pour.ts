import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Where a flood goes, and until when. */
export type Flood = {
  port: number;
  until: number;
  authority: string;
  path: string;
  credentials: Readonly<Record<string, string>>;
};

/** Opens a connection that hears nothing of its errors: whoever is flooded may close it. */
export function openSocket(port: number, listens = true): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  if (listens) socket.resume();
  return socket;
}

/**
 * Sends pieces over a few connections until the time is up, each connection as fast as it is read, and connects anew when it was closed. Answers with how many
 * pieces went out.
 */
export async function pour(
  { port, until }: Flood,
  piece: (turn: number) => Buffer,
  {
    connections = 4,
    first = Buffer.alloc(0),
    listens = true,
  }: { connections?: number; first?: Buffer; listens?: boolean } = {},
): Promise<number> {
  let sent = 0;
  const one = async (): Promise<void> => {
    let socket = openSocket(port, listens);
    let turn = 0;
    socket.write(first);
    while (Date.now() < until) {
      if (socket.destroyed || socket.writableEnded || socket.readableEnded) {
        socket.destroy();
        await sleep(20);
        socket = openSocket(port, listens);
        turn = 0;
        socket.write(first);
      }
      sent += 1;
      const took = socket.write(piece(turn++));
      if (!took) await drained(socket, until);
      else if (sent % 64 === 0) await sleep(0);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, one));
  return sent;
}

/** Until the socket takes more, is closed, or the time is up. */
function drained(socket: Socket, until: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      socket.off("drain", done).off("close", done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(1, until - Date.now()));
    socket.on("drain", done).on("close", done);
  });
}
