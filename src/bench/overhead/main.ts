/**
 * What being observed costs a gRPC call: CPU time per call of the server, and of the client, beside bare grpc-js; variants interleaved in random order.
 *
 *   --rounds N            paired rounds after the warm-up (24)
 *   --warmup N            rounds that are not counted (8)
 *   --sides a,b           of server, client (both)
 *   --workloads a,b       of unary, list, stream (all)
 *   --variants a,b        by name (all)
 *   --seed N              of the order and of the bootstrap (1)
 */
import { parseArgs } from "node:util";
import { seededRandom } from "../stats";
import { wholeNumber } from "../../tools/whole-number";
import { clientVariants } from "./clients";
import { type Result, runContest, type Side } from "./contest";
import { measureRecording } from "./recording";
import { type Peer, startPeer } from "./peer";
import { report, resultTable } from "./report";
import { sampleClient, sampleServer } from "./sample";
import { serverVariants } from "./variants";
import { type Workload, workloads } from "./workload";

const variantsOf: Record<Side, readonly string[]> = {
  server: Object.keys(serverVariants),
  client: Object.keys(clientVariants),
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "24" },
      warmup: { type: "string", default: "8" },
      sides: { type: "string", default: "server,client" },
      workloads: { type: "string", default: Object.keys(workloads).join() },
      variants: { type: "string" },
      seed: { type: "string", default: "1" },
    },
  });
  const rounds = wholeNumber("--rounds", values.rounds);
  const warmup = wholeNumber("--warmup", values.warmup);
  const seed = wholeNumber("--seed", values.seed);
  const sides = names("--sides", values.sides, ["server", "client"] as const);
  const chosen = names("--workloads", values.workloads, Object.keys(workloads) as Workload[]);
  const random = seededRandom(seed);
  const results: Result[] = [];
  const all = [...new Set([...variantsOf.server, ...variantsOf.client])];
  const wanted = names("--variants", values.variants ?? all.join(), all);
  const recording = measureRecording();
  console.log(recording.table);
  for (const side of sides) {
    const variants = variantsOf[side].filter((variant) => wanted.includes(variant));
    const contest = side === "server" ? await openServers(variants) : await openClients(variants);
    try {
      for (const workload of chosen) {
        const title = `${side}, ${workload}`;
        const take = (variant: string) => contest.take(variant, workload);
        const samples = await runContest(variants, take, { rounds, warmup, random, title });
        results.push({ side, workload, samples });
        console.log(resultTable(title, samples, seed));
      }
    } finally {
      await Promise.all(contest.peers.map((peer) => peer.stop()));
    }
  }
  console.log(JSON.stringify(report(results, recording.ns, seed)));
}

async function openServers(variants: readonly string[]) {
  const load = await startPeer("load-process");
  const servers = await openAll(variants, (variant) => startPeer("server-process", [variant]));
  return {
    peers: [load, ...servers.values()],
    take: (variant: string, workload: Workload) =>
      sampleServer(servers.get(variant) as Peer, load, variant, workload),
  };
}

async function openClients(variants: readonly string[]) {
  const server = await startPeer("server-process", ["bare"]);
  const clients = await openAll(variants, (variant) =>
    startPeer("client-process", [variant, String(server.ready.port)]),
  );
  return {
    peers: [...clients.values(), server],
    take: (variant: string, workload: Workload) =>
      sampleClient(clients.get(variant) as Peer, variant, workload),
  };
}

async function openAll(
  variants: readonly string[],
  open: (variant: string) => Promise<Peer>,
): Promise<Map<string, Peer>> {
  const peers = new Map<string, Peer>();
  for (const variant of variants) peers.set(variant, await open(variant));
  return peers;
}

function names<K extends string>(option: string, text: string, known: readonly K[]): K[] {
  return text.split(",").map((name) => {
    const found = known.find((each) => each === name);
    if (found === undefined) throw new Error(`${option} knows ${known.join(", ")}; not ${name}.`);
    return found;
  });
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
