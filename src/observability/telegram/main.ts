import { MessageLog } from "./message-log";
import { createStandIn } from "./stand-in";

/** `node telegram/main.js <port> <folder> [host]`: the stand-in as a process. */
const [port = "8081", folder = "telegram", host = "127.0.0.1"] = process.argv.slice(2);
const note = (level: "info" | "warn", msg: string): void => {
  const line = { level, time: new Date().toISOString(), service: "telegram", msg };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const server = createStandIn({
  log: new MessageLog(folder, 1024 * 1024),
  onMessage: (outcome) => {
    if ("refused" in outcome)
      return note("warn", `refused a message with ${outcome.code}: ${outcome.refused}`);
    const { messageId, text } = outcome.message;
    note("info", `took message ${messageId}: ${text.split("\n")[0]?.slice(0, 200)}`);
  },
});
server.listen(Number(port), host, () => note("info", `standing in for Telegram on ${host}:${port}`));
process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
