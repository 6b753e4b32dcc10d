import { seededRandom, shuffled } from "../stats";
import { added, heapInUse, type Listeners, listenersOf, resources } from "./leftovers";
import { type Outcome, outcomes, stopAnInstance } from "./outcomes";
import type { Kind } from "./service";
import { openWorld, type World } from "./world";

export type SoakOptions = {
  calls: number;
  /** Calls open at a time; default 64. */
  concurrency?: number;
  /** The share that the heap may grow by, between a fifth of the calls and the end; default 0.05. */
  growth?: number;
  /** How often the heap is looked at; a multiple of 5, default 20. */
  parts?: number;
  /** After how long the server ends a connection, in milliseconds; default 2,000, for the reasons that are given in `world.ts`. */
  connectionAgeMs?: number;
  /** Told after each part. */
  progress?: (checkpoint: Checkpoint) => void;
};

/** How things stood when no call was open. */
export type Checkpoint = { calls: number; heapBytes: number; series: number; listeners: Listeners };

export type SoakReport = {
  calls: number;
  seconds: number;
  /** Heap in use after garbage collection, at a fifth of the calls and at the end, in bytes. */
  heap: { atFifth: number; atEnd: number; growth: number };
  series: { atFifth: number; atEnd: number };
  listeners: { atFifth: Listeners; atEnd: Listeners };
  /** Metrics of the two sides at the end. */
  server: Tally;
  client: Tally;
  told: World["told"];
  /** Everything that did not hold; empty for a good soak. */
  breaches: string[];
};

type Tally = { started: number; handled: number; inFlight: number };

/** Makes calls that end in all the ways there are, on real servers and clients, and looks for what stays behind. */
export async function runSoak({
  calls,
  concurrency = 64,
  growth = 0.05,
  parts = 20,
  connectionAgeMs = 2_000,
  progress = () => undefined,
}: SoakOptions): Promise<SoakReport> {
  const startedAt = performance.now();
  const breaches: string[] = [];
  const warned = (warning: Error): void => void breaches.push(`Node warns: ${warning.message}`);
  process.on("warning", warned);
  const before = resources();
  const world = await openWorld({ connectionAgeMs });
  const cells = deck();
  const checkpoints: Checkpoint[] = [];
  let made = 0;
  for (let part = 1; part <= parts; part++) {
    made += await stopAnInstance(world);
    const until = Math.floor((calls * part) / parts);
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (made < until) {
          const [outcome, kind] = cells[made++ % cells.length] as [Outcome, Kind];
          const code = await outcome.run(world, kind);
          if (!outcome.codes.includes(code)) breaches.push(`${outcome.name} of ${kind} was ${code}`);
        }
      }),
    );
    const checkpoint = await takeCheckpoint(world, made);
    checkpoints.push(checkpoint);
    progress(checkpoint);
  }
  const atFifth = checkpoints[parts / 5 - 1] as Checkpoint;
  const atEnd = checkpoints[parts - 1] as Checkpoint;
  const server = tallyOf(await world.server.host.metrics.collect(), "server");
  const client = tallyOf(await world.client.host.metrics.collect(), "client");
  await world.close();
  await new Promise((resolve) => setTimeout(resolve, 200));
  process.off("warning", warned);

  const grown = atEnd.heapBytes / atFifth.heapBytes - 1;
  if (Math.abs(grown) > growth) breaches.push(`The heap changed by ${(grown * 100).toFixed(1)} %.`);
  if (atEnd.series !== atFifth.series) breaches.push(`${atFifth.series} series became ${atEnd.series}.`);
  for (const [side, { started, handled, inFlight }] of Object.entries({ server, client })) {
    if (started !== handled || inFlight !== 0)
      breaches.push(`The ${side} started ${started} calls, ended ${handled}, has ${inFlight} in flight.`);
  }
  for (const what of ["signals", "session", "busiestSocket"] as const) {
    const [then, now] = [atFifth.listeners[what], atEnd.listeners[what]];
    if (now > then) breaches.push(`Listeners of ${what} grew from ${then} to ${now}.`);
  }
  for (const resource of added(before, resources())) breaches.push(`Left open: ${resource}.`);
  return {
    calls: made,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    heap: { atFifth: atFifth.heapBytes, atEnd: atEnd.heapBytes, growth: Math.round(grown * 1e4) / 1e4 },
    series: { atFifth: atFifth.series, atEnd: atEnd.series },
    listeners: { atFifth: atFifth.listeners, atEnd: atEnd.listeners },
    server,
    client,
    told: { ...world.told },
    breaches: [...new Set(breaches)].slice(0, 20),
  };
}

/** Every outcome of every kind, as often as it weighs, in an order without pattern. */
function deck(): [Outcome, Kind][] {
  const cells = outcomes.flatMap((outcome) =>
    outcome.kinds.flatMap((kind) =>
      Array.from({ length: outcome.weight }, (): [Outcome, Kind] => [outcome, kind]),
    ),
  );
  return shuffled(cells, seededRandom(1));
}

/** Waits until what the calls left to do is done, then looks. */
async function takeCheckpoint(world: World, calls: number): Promise<Checkpoint> {
  const until = Date.now() + 5_000;
  let text = await world.server.host.metrics.collect();
  while (tallyOf(text, "server").inFlight > 0 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    text = await world.server.host.metrics.collect();
  }
  // Streams that were reset are doubted for a while, and late handlers still fail.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const series = seriesOf(text) + seriesOf(await world.client.host.metrics.collect());
  return { calls, heapBytes: await heapInUse(), series, listeners: listenersOf(world) };
}

/** Series without regard to codes: a rare one may come late, and there are 17 of them. */
function seriesOf(text: string): number {
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Set(
    samples.map((line) => line.replace(/^([^{ ]+(?:\{.*?\})?) .*$/, "$1").replace(/grpc_code="\w+",?/, "")),
  ).size;
}

function tallyOf(text: string, side: "server" | "client"): Tally {
  const sum = (sample: string): number => {
    let total = 0;
    for (const line of text.split("\n"))
      if (line.startsWith(`grpc_${side}_${sample}{`)) total += Number(/\} (\S+)/.exec(line)?.[1]);
    return total;
  };
  return { started: sum("started_total"), handled: sum("handled_total"), inFlight: sum("in_flight") };
}
