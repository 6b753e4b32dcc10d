import type { RequestListener, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "../telemetry";

/** Answers that a connection may be owed at a time. Clients ask one after another; the few that pipeline have a handful on the way. */
export const mostOwed = 32;

/**
 * Closes a connection that asks further and further without waiting for its answers. Node begins each request as soon as it is read, so one connection could have tens of thousands under
 * way, and hold up everybody else's for minutes. Before `listen`, on a server whose handler is there.
 */
export function boundPipelining(server: Server, log: Logger): void {
  const owed = new WeakMap<Socket, Set<ServerResponse>>();
  const [handle] = server.listeners("request") as RequestListener[];
  if (handle === undefined) throw new Error("The server has no handler of requests yet.");
  server.removeListener("request", handle);
  server.on("request", (request, response) => {
    const { socket } = request;
    // What was read before it was closed is parsed to its end.
    if (socket.destroyed) return;
    let answers = owed.get(socket);
    if (answers === undefined) owed.set(socket, (answers = answersOf(socket)));
    if (answers.size === mostOwed) {
      log.warn(
        { client: socket.remoteAddress, owed: mostOwed },
        "a connection asks without waiting, it is closed",
      );
      socket.destroy();
      return;
    }
    answers.add(response);
    response.once("close", () => answers.delete(response));
    handle(request, response);
  });
}

/** Node tells only the answer whose turn it is that its connection is gone: those behind it would stay open for ever. */
function answersOf(socket: Socket): Set<ServerResponse> {
  const answers = new Set<ServerResponse>();
  socket.once("close", () => setImmediate(() => answers.forEach((answer) => answer.emit("close"))));
  return answers;
}
