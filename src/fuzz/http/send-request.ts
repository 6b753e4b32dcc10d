import { connect } from "node:net";
import type { FuzzedRequest } from "./make-request";

/** A status, or why there is none. */
export type RequestEnd = { status: number | undefined; told: string; answer: string };

/** A stream of events goes on; its beginning will do. */
const afterFirstMs = 150;
/** How long somebody who says less than he announced is listened to before he hangs up. */
const unfinishedMs = 400;
const answerMs = 20_000;
const kept = 8_192;

/** Speaks HTTP by hand; never rejects. */
export function sendRequest(port: number, { bytes, whole }: FuzzedRequest): Promise<RequestEnd> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    let told = "closed";
    let giveUp = setTimeout(() => stop("no answer"), whole ? answerMs : unfinishedMs);
    const stop = (why: string): void => {
      told = why;
      socket.destroy();
    };
    socket.on("data", (data) => {
      if (answer.length === 0) {
        clearTimeout(giveUp);
        giveUp = setTimeout(() => stop("answered"), afterFirstMs);
      }
      if (answer.length < kept) answer += data.toString("latin1");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => (told = error.code ?? "error"));
    socket.on("close", () => {
      clearTimeout(giveUp);
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, ""))?.[1];
      resolve({ status: status === undefined ? undefined : Number(status), told, answer });
    });
    socket.write(bytes);
  });
}
