import { setTimeout as sleep } from "node:timers/promises";
import { createGatewayFetch } from "../demo/gateway-fetch";
import { Latencies } from "../demo/latency";
import { sampleModels } from "../demo/models";
import { runOrder } from "../demo/one-order";
import type { LoadKind, Site } from "./types";

/** Requests per second of each kind: enough for an alert that wants some traffic, little enough for a small machine. Lists are of changing lengths, or a cache would answer them all. */
const reads = [
  { perSecond: 4, path: "/product_list?skus=201057139+201058638+562553736", as: "customer" },
  { perSecond: 3, path: "/api/v1/orders?pageSize=N", as: "customer" },
  { perSecond: 5, path: "/api/v1/price-book", as: "customer" },
  { perSecond: 3, path: "/api/v1/seller/orders?pageSize=N", as: "seller" },
  { perSecond: 3, path: "/api/v1/operator/queue?pageSize=N", as: "operator" },
] as const;
const orderEveryMs = 2_500;
const mostOrders = 3;
const mostOpen = 100;
/** Longer than the deadlines of the gateway and its calls, which are to be told of. */
const mostMs = 20_000;

export type Load = { stop(): Promise<void> };

/**
 * A light load of all roles that goes on whatever becomes of it: requests are sent at their rate and not when the last one has ended. `stop` waits until the orders under
 * way have got to their end, so that none is left over to be stuck.
 */
export function startLoad({ settings, people }: Site, kind: LoadKind): Load {
  const stopping = new AbortController();
  const open = new Set<Promise<unknown>>();
  const follow = (working: Promise<unknown>): void => {
    const ended = working.catch(() => undefined).finally(() => open.delete(ended));
    open.add(ended);
  };
  const every = async (ms: number, act: () => void): Promise<void> => {
    for (let due = performance.now(); !stopping.signal.aborted; due += ms) {
      act();
      const waitMs = due + ms - performance.now();
      await sleep(Math.max(0, waitMs), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const call = createGatewayFetch(people.gatewayUrl);
  let length = 0;
  const read = async (template: string, as: keyof typeof people.tokens): Promise<void> => {
    const path = template.replace("=N", `=${1 + (length++ % 100)}`);
    const headers = { authorization: `Bearer ${people.tokens[as]}` };
    const answer = await call(path, { headers, signal: AbortSignal.timeout(mostMs) });
    await answer.arrayBuffer();
  };
  const loops: Promise<void>[] = [];
  if (kind !== "none") {
    for (const { perSecond, path, as } of reads)
      loops.push(every(1_000 / perSecond, () => open.size < mostOpen && follow(read(path, as))));
  }
  let underWay = 0;
  let begun = 0;
  const order = async (): Promise<void> => {
    if (underWay >= mostOrders) return;
    underWay += 1;
    const models = sampleModels(settings.root);
    const number = begun++;
    const customer = number % 2 === 0 ? people.customer : people.partner;
    const model = models[number % models.length]!;
    const plan = { customer, staff: people.staff, model, quantity: 1, sellerDelivers: number % 2 === 0 };
    await runOrder(plan, new Latencies()).finally(() => (underWay -= 1));
  };
  if (kind === "orders") loops.push(every(orderEveryMs, () => follow(order())));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
      await Promise.all(open);
    },
  };
}
