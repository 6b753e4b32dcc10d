import { startBare } from "../overhead/variants/bare";

/** A bare gRPC server that echoes, in a process of its own: what a call costs on this machine at this minute. Ends when nobody talks to it any more. */
void startBare().then((port) => {
  process.once("disconnect", () => process.exit(0));
  process.on("message", () => undefined);
  process.send?.({ kind: "ready", port });
});
