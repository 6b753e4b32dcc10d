/**
 * What being observed costs a gRPC call: CPU time of the server per call, beside bare grpc-js, variants interleaved in random order.
 *
 *   --rounds N            paired rounds after the warm-up (24)
 *   --warmup N            rounds that are not counted (6)
 *   --workloads a,b       of unary, list, stream (all)
 *   --variants a,b        by name (all)
 *   --seed N              of the order and of the bootstrap (1)
 */
import { parseArgs } from "node:util";
import { seededRandom, shuffled } from "../stats";
import { type Peer, startPeer } from "./peer";
import { report, resultTable } from "./report";
import { type Sample, takeSample } from "./sample";
import { serverVariants, type ServerVariant } from "./variants";
import { type Workload, workloads } from "./workload";

export type Results = Map<Workload, Map<ServerVariant, Sample[]>>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "24" },
      warmup: { type: "string", default: "6" },
      workloads: { type: "string", default: Object.keys(workloads).join() },
      variants: { type: "string", default: Object.keys(serverVariants).join() },
      seed: { type: "string", default: "1" },
    },
  });
  const rounds = wholeNumber("--rounds", values.rounds);
  const warmup = wholeNumber("--warmup", values.warmup);
  const seed = wholeNumber("--seed", values.seed);
  const chosen = names("--workloads", values.workloads, workloads);
  const variants = names("--variants", values.variants, serverVariants);
  const random = seededRandom(seed);

  const load = await startPeer("load-process");
  const servers = new Map<ServerVariant, Peer>();
  const results: Results = new Map();
  try {
    for (const variant of variants) servers.set(variant, await startPeer("server-process", [variant]));
    for (const workload of chosen) {
      const samples = new Map(variants.map((variant) => [variant, [] as Sample[]]));
      results.set(workload, samples);
      for (let round = -warmup; round < rounds; round++) {
        process.stderr.write(`\r${workload}: round ${round + 1} of ${rounds}   `);
        for (const variant of shuffled(variants, random)) {
          const sample = await takeSample(servers.get(variant) as Peer, load, variant, workload);
          if (round >= 0) samples.get(variant)?.push(sample);
        }
      }
      process.stderr.write("\n");
      console.log(resultTable(workload, samples, seed));
    }
  } finally {
    await Promise.all([load, ...servers.values()].map((peer) => peer.stop()));
  }
  console.log(JSON.stringify(report(results, seed)));
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0)
    throw new Error(`${option} takes a whole number, not ${text}.`);
  return number;
}

function names<K extends string>(option: string, text: string, known: Readonly<Record<K, unknown>>): K[] {
  return text.split(",").map((name) => {
    if (name in known) return name as K;
    throw new Error(`${option} knows ${Object.keys(known).join(", ")}; not ${name}.`);
  });
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
