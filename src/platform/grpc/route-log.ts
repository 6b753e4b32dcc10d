import { setLogger } from "@grpc/grpc-js";
import type { Logger } from "../telemetry";

/** Sends what grpc-js itself has to say to the process's log; by default it writes plain text to stderr. The last logger given counts, for grpc-js has one per process. */
export function routeGrpcLog(log: Logger): void {
  const at =
    (level: "warn" | "debug") =>
    (...words: unknown[]): void =>
      log[level]({ library: "grpc-js" }, words.map(String).join(" "));
  setLogger({ error: at("warn"), info: at("debug"), debug: at("debug") } as Partial<Console>);
}
