import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { socketPath, type Answer, type Request } from "./protocol";
import { rotateLog } from "./rotate";
import { Supervisor } from "./supervisor";

const maxLogBytes = 20 * 1024 * 1024;

/** `node supervisor/main.js <state folder>`: detached; ends after `shutdown`, or on SIGTERM, having stopped all it owns. */
function main(folder: string): void {
  mkdirSync(join(folder, "logs"), { recursive: true });
  const ownLog = join(folder, "logs", "supervisor.log");
  const note = (msg: string, level: "info" | "warn" = "info"): void => {
    appendFileSync(
      ownLog,
      `${JSON.stringify({ level, time: new Date().toISOString(), service: "supervisor", msg })}\n`,
    );
  };
  const supervisor = new Supervisor(folder, note);
  const path = socketPath(folder);
  // Whoever starts a supervisor holds `start.lock` and found none answering: a socket that is there belongs to nobody.
  rmSync(path, { force: true });

  const end = async (): Promise<void> => {
    await supervisor.shutdown();
    note("stopped");
    rmSync(path, { force: true });
    process.exit(0);
  };
  const serve = async (socket: Socket): Promise<void> => {
    for await (const line of createInterface({ input: socket })) {
      const request = JSON.parse(line) as Request;
      const answer = await supervisor
        .handle(request)
        .catch((error: Error): Answer => ({ ok: false, message: error.message }));
      await new Promise<void>((resolve) => socket.end(`${JSON.stringify(answer)}\n`, () => resolve()));
      if (request.verb === "shutdown") await end();
      return;
    }
  };
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    serve(socket).catch((error: Error) => note(error.message, "warn"));
  });
  server.listen(path, () => note(`supervising as pid ${process.pid}`));
  setInterval(() => [ownLog, ...supervisor.logs].forEach((log) => rotateLog(log, maxLogBytes)), 5_000);

  process.on("SIGTERM", () => void end());
  process.on("SIGINT", () => void end());
  process.on("SIGHUP", () => {});
  process.on("uncaughtException", (error) => note(error.stack ?? error.message, "warn"));
}

main(process.argv[2] ?? "");
