/**
 * What being observed costs a query: CPU time of the client's process for a row by its primary key, beside bare pg; variants interleaved in random order,
 * each in a process of its own.
 *
 *   --rounds N            paired rounds after the warm-up (24)
 *   --warmup N            rounds that are not counted (8)
 *   --queries N           queries of one round (4000)
 *   --variants a;b        by name (all)
 *   --seed N              of the order and of the bootstrap (1)
 *   --profile FOLDER      leave a CPU profile of each variant there; the figures then include the profiler
 */
import { parseArgs } from "node:util";
import { seededRandom, shuffled } from "../stats";
import { wholeNumber } from "../../tools/whole-number";
import { type Client, startClient } from "./client";
import { figures, report, resultTable, type Sample } from "./report";
import { startServer } from "./server";
import { type VariantName, variants } from "./variants";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "24" },
      warmup: { type: "string", default: "8" },
      queries: { type: "string", default: "4000" },
      variants: { type: "string", default: Object.keys(variants).join(";") },
      seed: { type: "string", default: "1" },
      profile: { type: "string" },
    },
  });
  const rounds = wholeNumber("--rounds", values.rounds);
  const warmup = wholeNumber("--warmup", values.warmup);
  const queries = wholeNumber("--queries", values.queries);
  const seed = wholeNumber("--seed", values.seed);
  const names = values.variants.split(";").map(known);
  const random = seededRandom(seed);

  const server = await startServer();
  const clients = new Map<VariantName, Client>();
  const samples = new Map(names.map((name) => [name, [] as Sample[]]));
  try {
    for (const name of names) clients.set(name, await startClient(name, server.url, values.profile));
    for (let round = -warmup; round < rounds; round++) {
      process.stderr.write(`\r${round < 0 ? "warm-up" : `round ${round + 1} of ${rounds}`}    `);
      for (const name of shuffled(names, random)) {
        const ran = await (clients.get(name) as Client).run({
          queries,
          sampledShare: variants[name].sampledShare,
        });
        if (round >= 0)
          samples.get(name)?.push({ cpuUs: ran.cpuUs / queries, perSecond: queries / ran.seconds });
      }
    }
    process.stderr.write("\r");
  } finally {
    await Promise.all([...clients.values()].map((client) => client.stop()));
    await server.stop();
  }
  const all = figures(samples, seed);
  console.log(resultTable(all));
  console.log(JSON.stringify(report(all, rounds, queries, seed)));
}

function known(name: string): VariantName {
  if (name in variants) return name as VariantName;
  throw new Error(`--variants knows ${Object.keys(variants).join("; ")}; not ${name}.`);
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
