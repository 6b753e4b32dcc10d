import { createForward } from "./forward";
import { createReceiver } from "./receiver";
import { TraceStore } from "./trace-store";

/** `node otlp/main.js <port> <folder> [url]`: the trace store as a process; `url` has a copy of what it takes. */
const [port = "4318", folder = "traces", copyTo] = process.argv.slice(2);
const forward = copyTo ? createForward(copyTo) : undefined;
const server = createReceiver(new TraceStore(folder, 128 * 1024 * 1024), forward);
const log = (msg: string): void => {
  console.log(JSON.stringify({ level: "info", time: new Date().toISOString(), service: "otlp", msg }));
};
server.listen(Number(port), "127.0.0.1", () =>
  log(`storing traces sent to 127.0.0.1:${port} in ${folder}; this is not Jaeger`),
);
process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
