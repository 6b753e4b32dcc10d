import { setTimeout as sleep } from "node:timers/promises";

/** Before an address is tried again that was tried before, in milliseconds; doubled each time. */
const firstWaitMs = 50;
const attempts = 6;

/**
 * `fetch` over several gateways (`http://a:8080,http://b:8080`), which is what a client without a balancer has to do: calls take turns, and one that meets a closed
 * door or a 503 goes to the next gateway. That is safe because every command here carries an id that makes a repeat harmless. With one address it is plain `fetch`.
 */
export function createGatewayFetch(urls: string): (path: string, init: RequestInit) => Promise<Response> {
  const gateways = urls.split(",");
  let turn = 0;
  return async (path, init) => {
    if (gateways.length === 1) return fetch(`${urls}${path}`, init);
    for (let attempt = 1; ; attempt++) {
      const gateway = gateways[turn++ % gateways.length];
      const answer = await fetch(`${gateway}${path}`, init).catch((error: unknown) => {
        // A refused or cut connection; a time limit is the caller's.
        if (attempt < attempts && error instanceof TypeError) return undefined;
        throw error;
      });
      if (answer && (answer.status !== 503 || attempt === attempts)) return answer;
      await answer?.body?.cancel();
      if (attempt >= gateways.length) await sleep(firstWaitMs * 2 ** (attempt - gateways.length));
    }
  };
}
