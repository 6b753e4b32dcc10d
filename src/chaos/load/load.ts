import { setMaxListeners } from "node:events";
import { buy, type Habits } from "./buyer";
import { read } from "./reader";
import { operate, sell } from "./staff";
import { watch } from "./watcher";
import { workOnJobs } from "./worker";
import type { World } from "./world";

export type Load = {
  /** Ends it: resolves when the last call has its answer. */
  stop(): Promise<void>;
};

const customers: Habits = { repeats: 0.05, cancels: 0.08, reprices: 0.08 };
/** They send by programs, and change their minds more often. */
const partners: Habits = { repeats: 0.25, cancels: 0.12, reprices: 0.2 };

/** All roles at once. */
export function startLoad(world: Omit<World, "signal">, { buyers }: { buyers: number }): Load {
  const over = new AbortController();
  // Everybody listens, several times at once.
  setMaxListeners(0, over.signal);
  const shared: World = { ...world, signal: over.signal };
  const actors: Promise<void>[] = [];
  for (let n = 0; n < buyers; n++) {
    const buyer = world.people.buyers[n % world.people.buyers.length]!;
    const habits = buyer.caller.role === "partner" ? partners : customers;
    actors.push(buy(shared, buyer, `${buyer.name}-${n}`, habits));
  }
  actors.push(
    ...[1, 2].map((n) => operate(shared, `operator-${n}`)),
    sell(shared, "seller-1"),
    ...[1, 2].map((n) => read(shared, `reader-${n}`)),
    ...[1, 2].map((n) => workOnJobs(shared, `worker-${n}`)),
    ...[1, 2, 3].map((n) => watch(shared, `watcher-${n}`)),
  );
  const all = Promise.all(actors);
  // Told by `stop`.
  all.catch(() => undefined);
  return {
    async stop() {
      over.abort();
      await all;
    },
  };
}
