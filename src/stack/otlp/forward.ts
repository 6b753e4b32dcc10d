import { Agent, request } from "node:http";

/** Passes on a copy of what was received. Resolves, and never rejects, to whether it was answered; nobody has to wait for that. */
export type Forward = (body: Buffer, headers: Record<string, string>) => Promise<boolean>;

const maxInFlight = 16;
const pauseMs = 5_000;

/**
 * Sends copies to another OTLP/HTTP receiver, where one runs. What cannot be sent is dropped: while that receiver does not answer, it is left alone
 * for 5 s at a time, and no more than 16 requests wait for it.
 */
export function createForward(url: string, now: () => number = Date.now): Forward {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  let inFlight = 0;
  let pausedUntil = 0;
  return (body, headers) => {
    if (inFlight >= maxInFlight || now() < pausedUntil) return Promise.resolve(false);
    inFlight += 1;
    return new Promise((resolve) => {
      let answered = false;
      const sent = request(url, { method: "POST", agent, headers, timeout: 5_000 }, (response) => {
        response.on("end", () => (answered = true)).resume();
      });
      sent.on("timeout", () => sent.destroy(new Error("no answer")));
      sent.on("error", () => (pausedUntil = now() + pauseMs));
      sent.on("close", () => {
        inFlight -= 1;
        resolve(answered);
      });
      sent.end(body);
    });
  };
}
