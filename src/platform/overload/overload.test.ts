import { AdaptiveLimit, Limiter, PriorityQueue, TokenBuckets, type RefusalReason, type Waiting } from ".";

describe("token buckets", () => {
  test("a caller may burst, then goes on at the rate, and is told when the next token comes", () => {
    const buckets = new TokenBuckets({ perSecond: 10, burst: 3 });
    for (let i = 0; i < 3; i++) expect(buckets.take("ada", 0)).toBe(0);
    expect(buckets.take("ada", 0)).toBeCloseTo(100);
    expect(buckets.take("ada", 50)).toBeCloseTo(50);
    expect(buckets.take("ada", 100)).toBe(0);
  });

  test("one caller's calls take nothing from another's", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 });
    expect(buckets.take("ada", 0)).toBe(0);
    expect(buckets.take("ada", 0)).toBeGreaterThan(0);
    expect(buckets.take("bob", 0)).toBe(0);
  });

  test("a pause fills a bucket up to its burst and not further", () => {
    const buckets = new TokenBuckets({ perSecond: 1_000, burst: 2 });
    expect(buckets.take("ada", 0)).toBe(0);
    expect([1, 2, 3].map(() => buckets.take("ada", 60_000) === 0)).toEqual([true, true, false]);
  });

  test("no more keys are remembered than allowed", () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1, maxKeys: 100 });
    for (let i = 0; i < 1_000; i++) buckets.take(`caller ${i}`, 0);
    expect(buckets.size).toBe(100);
  });

  test("a rate of 0 refuses nobody", () => {
    const buckets = new TokenBuckets({ perSecond: 0, burst: 1 });
    const waits = Array.from({ length: 100 }, () => buckets.take("ada", 0));
    expect(waits).toEqual(waits.map(() => 0));
  });
});

describe("the queue", () => {
  test("classes go in their order, and each first come, first served", () => {
    const queue = new PriorityQueue<string>(3, 10);
    for (const [name, priority] of [
      ["p1", 2],
      ["c1", 1],
      ["p2", 2],
      ["o1", 0],
      ["c2", 1],
    ] as const)
      queue.push(name, priority);
    expect(queue.ahead(0)).toBe(1);
    expect(queue.ahead(1)).toBe(3);
    expect([1, 2, 3, 4, 5, 6].map(() => queue.shift())).toEqual(["o1", "c1", "c2", "p1", "p2", undefined]);
  });

  test("the newest of the lowest class makes room, for a higher one only", () => {
    const queue = new PriorityQueue<string>(3, 2);
    queue.push("p1", 2);
    queue.push("p2", 2);
    expect(queue.full).toBe(true);
    expect(queue.evictBelow(2)).toBeUndefined();
    expect(queue.evictBelow(1)).toBe("p2");
    expect(queue.length).toBe(1);
  });

  test("who was promoted goes after the first class and before all others, and gives its place to the first class only", () => {
    const queue = new PriorityQueue<string>(3, 10);
    for (const [name, priority] of [
      ["partner 1", 2],
      ["partner 2", 2],
      ["operator", 0],
    ] as const)
      queue.push(name, priority);
    queue.promote((name) => name !== "partner 2");
    queue.push("customer", 1);
    expect([0, 1, 2].map((priority) => queue.ahead(priority))).toEqual([1, 3, 4]);
    expect([queue.evictBelow(1), queue.evictBelow(1)]).toEqual(["partner 2", undefined]);
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual(["operator", "partner 1", "customer"]);
  });

  test("a long line keeps its order and forgets who has left", () => {
    const queue = new PriorityQueue<number>(1, 10_000);
    for (let i = 0; i < 5_000; i++) queue.push(i, 0);
    const left = Array.from({ length: 5_000 }, () => queue.shift());
    expect(left).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
    expect(queue.length).toBe(0);
  });
});

describe("the limit", () => {
  test("long turns lower it, down to its minimum; short ones raise it only where it held somebody back", () => {
    const { limit, sample } = limitOf({ cpuShare: 1 });
    const before = limit.value;
    sample(5, 10);
    expect(limit.value).toBe(before);
    sample(80, 40);
    expect(limit.value).toBe(4);
    sample(2, 150, true);
    expect(limit.value).toBe(100);
  });

  test("a process that uses a core whole goes below the minimum, and back when it has CPU to spare", () => {
    const { limit, sample } = limitOf({ cpuShare: 0.95 });
    sample(300, 40);
    expect(limit.value).toBe(2);
    const spare = limitOf({ cpuShare: 0.5 });
    spare.sample(300, 40);
    expect(spare.limit.value).toBe(4);
    // Turns of 100 ms in 200 ms of time.
    sample(100, 1);
    expect(limit.value).toBe(3);
    sample(100, 10);
    expect(limit.value).toBe(4);
  });

  test("turns that are long because other processes have the CPU do not lower it, and short ones in them raise it", () => {
    const { limit, sample } = limitOf({ cpuShare: 0.1 });
    const before = limit.value;
    sample(150, 40);
    expect(limit.value).toBe(before);
    sample(80, 150, true);
    expect(limit.value).toBe(100);
    sample(300, 80);
    expect(limit.value).toBe(4);
  });
});

/** A limit from 4 to 100, and turns of a process that gets this share of a CPU while it is busy. */
function limitOf({ cpuShare }: { cpuShare: number }) {
  let now = 0;
  let cpuMs = 0;
  const limit = new AdaptiveLimit({ min: 4, max: 100, targetTurnMs: 20, cpuMs: () => cpuMs });
  const sample = (turnMs: number, times: number, isFull = false): void => {
    for (let i = 0; i < times; i++) {
      now += Math.max(200, turnMs);
      cpuMs += turnMs * cpuShare;
      if (isFull) limit.noteFull();
      limit.sample(turnMs, now);
    }
  };
  return { limit, sample };
}

type Call = Waiting & { name: string };

function limiter(options: { max: number; maxQueued?: number; maxWaitMs?: number }) {
  const started: string[] = [];
  const refused: [string, RefusalReason][] = [];
  const made = new Limiter<Call>({
    classes: 3,
    maxQueued: 10,
    maxWaitMs: 1_000_000,
    ...options,
    start: ({ name }) => void started.push(name),
    refuse: ({ name }, reason) => void refused.push([name, reason]),
  });
  const call = (name: string, priority: number, leftMs = Infinity): Call => {
    const since = performance.now();
    return { name, priority, since, until: since + leftMs };
  };
  return { made, started, refused, call };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe("the limiter", () => {
  test("no more run than the limit; who waits runs when a slot is given back, the highest class first", async () => {
    const { made, started, call } = limiter({ max: 2 });
    expect([made.tryStart(), made.tryStart(), made.tryStart()]).toEqual([true, true, false]);
    for (const [name, priority] of [
      ["partner", 2],
      ["customer", 1],
      ["operator", 0],
    ] as const)
      expect(made.offer(call(name, priority))).toBeUndefined();
    await turn();
    expect(started).toEqual([]);
    for (const expected of ["operator", "customer", "partner"]) {
      made.release();
      await turn();
      expect(started.at(-1)).toBe(expected);
      expect(made.running).toBe(2);
    }
    expect(made.queued).toBe(0);
  });

  test("when many slots are given back at once, few of those who wait are let in per look at the sockets", async () => {
    const { made, started, call } = limiter({ max: 64, maxQueued: 100 });
    while (made.tryStart());
    for (let i = 0; i < 40; i++) made.offer(call(`call ${i}`, 0));
    await turn();
    for (let i = 0; i < 40; i++) made.release();
    await turn();
    expect(started).toHaveLength(16);
    for (let i = 0; i < 10; i++) await turn();
    expect(started).toHaveLength(40);
  });

  test("nobody overtakes those who wait", () => {
    const { made, call } = limiter({ max: 1 });
    made.tryStart();
    made.offer(call("first", 2));
    made.release();
    expect(made.tryStart()).toBe(false);
  });

  test("who has waited as long as anybody is promised to goes before newcomers of the class above, not before the first class", async () => {
    const { made, started, refused, call } = limiter({ max: 1, maxWaitMs: 1_000 });
    made.tryStart();
    made.offer(call("partner", 2));
    await new Promise((resolve) => setTimeout(resolve, 1_250));
    made.offer(call("customer", 1));
    made.offer(call("operator", 0));
    for (let i = 0; i < 3; i++) {
      made.release();
      await turn();
    }
    expect([started, refused]).toEqual([["operator", "partner", "customer"], []]);
  });

  test("the first class has a few slots beyond the limit, and waits when they are taken", () => {
    const { made, call } = limiter({ max: 8 });
    while (made.tryStart());
    made.offer(call("partner", 2));
    expect([made.tryStartReserved(1), made.tryStartReserved(0), made.tryStartReserved(0)]).toEqual([
      false,
      true,
      true,
    ]);
    expect([made.tryStartReserved(0), made.running]).toEqual([false, 10]);
    made.offer(call("operator", 0));
    made.release();
    expect(made.tryStartReserved(0)).toBe(false);
  });

  test("a full queue refuses, but lets a higher class take the place of a lower one", () => {
    const { made, refused, call } = limiter({ max: 1, maxQueued: 2 });
    made.tryStart();
    made.offer(call("p1", 2));
    made.offer(call("p2", 2));
    expect(made.offer(call("p3", 2))).toBe("queue_full");
    expect(made.offer(call("o1", 0))).toBeUndefined();
    expect(refused).toEqual([["p2", "queue_full"]]);
  });

  test("a call whose deadline has passed while it waited is refused, and takes no slot", async () => {
    const { made, started, refused, call } = limiter({ max: 1 });
    made.tryStart();
    expect(made.offer(call("late", 1, 1))).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 5));
    made.release();
    await turn();
    expect([started, refused, made.running]).toEqual([[], [["late", "deadline"]], 0]);
  });

  test("who waits in vain is refused when twice the bound, or the deadline, has passed, though no slot is given back", async () => {
    const { made, started, refused, call } = limiter({ max: 1, maxWaitMs: 300 });
    made.tryStart();
    made.offer(call("hasty", 0, 50));
    made.offer(call("patient", 1));
    const until = Date.now() + 20_000;
    while (refused.length < 2 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(refused).toEqual([
      ["hasty", "deadline"],
      ["patient", "wait"],
    ]);
    expect([started, made.queued, made.running]).toEqual([[], 0, 1]);
  });

  test("a few may wait whatever the estimate says, for the first calls of a process end late", async () => {
    const { made, refused, call } = limiter({ max: 1, maxQueued: 1_000, maxWaitMs: 200 });
    made.tryStart();
    made.offer(call("first", 1));
    await new Promise((resolve) => setTimeout(resolve, 350));
    const answers = Array.from({ length: 10 }, (_, i) => made.offer(call(`call ${i}`, 1)));
    expect(answers).toEqual([...Array.from({ length: 7 }), "wait", "wait", "wait"]);
    expect(refused).toEqual([]);
  });

  test("a call that would wait longer than the bound, or than its deadline, is refused at once", async () => {
    const { made, call } = limiter({ max: 1, maxQueued: 1_000, maxWaitMs: 10_000 });
    made.tryStart();
    // Enough ends, with others waiting, to know how fast calls end.
    for (let i = 0; i < 20; i++) made.offer(call(`call ${i}`, 1));
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      made.release();
      await turn();
    }
    expect(made.estimateMs(1)).toBeGreaterThan(made.estimateMs(0));
    expect(made.offer(call("hasty", 1, made.estimateMs(1) / 2))).toBe("deadline");
    expect(made.offer(call("patient", 1, made.estimateMs(1) * 2))).toBeUndefined();
    let last: RefusalReason | undefined;
    for (let i = 0; i < 990 && !last; i++) last = made.offer(call(`more ${i}`, 2));
    expect(last).toBe("wait");
  });

  test("how long calls took before bounds who may wait while no end is known yet", async () => {
    const { made, call } = limiter({ max: 2, maxQueued: 1_000, maxWaitMs: 10_000 });
    const fill = async (): Promise<void> => {
      while (made.tryStart());
      await turn();
    };
    await fill();
    await new Promise((resolve) => setTimeout(resolve, 120));
    made.offer(call("first", 1));
    for (let i = 0; i < 3; i++) {
      made.release(2_000);
      await turn();
    }
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await fill();
    const answers = Array.from({ length: 20 }, (_, i) => made.offer(call(`call ${i}`, 1)));
    // Two slots, two seconds each: the tenth waits for ten seconds, and the eleventh would for longer.
    expect(answers.indexOf("wait")).toBe(10);
  });
});
