/** Lets `limit` pieces of work run at a time and `queue` more wait, in turn. */
export type Gate = {
  /** Runs `work` when its turn comes. Throws what `refuse` makes when too many wait already. */
  pass<T>(work: () => Promise<T>): Promise<T>;
};

export function createGate(limit: number, queue: number, refuse: (waiting: number) => Error): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return {
    async pass(work) {
      if (running >= limit) {
        if (waiting.length >= queue) throw refuse(waiting.length);
        // Whoever leaves hands its place over, so that nobody slips in between.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else running++;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
